"""One SQLite file for the state of all gateways, so that a call and its message are stored together."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL, tenant TEXT NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL,
    "to" TEXT NOT NULL, text TEXT NOT NULL, turn TEXT NOT NULL, body TEXT NOT NULL, status INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_of_turn ON calls (tenant, turn);
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    rev INTEGER NOT NULL, tenant TEXT NOT NULL, channel TEXT NOT NULL, chat TEXT NOT NULL, id TEXT NOT NULL,
    author TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, detail TEXT NOT NULL,
    at REAL NOT NULL, ack INTEGER NOT NULL, turn TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS files (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, mimetype TEXT NOT NULL, filename TEXT NOT NULL, data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_of_chat ON messages (tenant, channel, chat, seq);
"""


def connect(path: Path) -> sqlite3.Connection:
    """Opens the file and creates it if it is missing. A commit outlives the process (not a power cut), as
    `synchronous=NORMAL` promises in WAL mode (https://www.sqlite.org/pragma.html#pragma_synchronous)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(path)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.executescript(_SCHEMA)
    return db
