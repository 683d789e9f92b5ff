"""The tables of the bus in SQLite: subscriptions, messages to push, and dead letters."""

from __future__ import annotations

#: The index by tenant holds an expression, not a column, so that files of earlier versions serve.
SCHEMA = """
CREATE TABLE IF NOT EXISTS subscriptions (name TEXT PRIMARY KEY, topic TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, topic TEXT NOT NULL,
    message_id TEXT NOT NULL, data BLOB NOT NULL, attributes TEXT NOT NULL, key TEXT NOT NULL,
    published_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS messages_by_subscription ON messages (subscription, id);
CREATE INDEX IF NOT EXISTS messages_by_tenant
    ON messages (subscription, ifnull(json_extract(attributes, '$.tenant'), ''), id);
CREATE INDEX IF NOT EXISTS messages_by_key ON messages (subscription, key, id);
CREATE TABLE IF NOT EXISTS dead_letters (
    id INTEGER PRIMARY KEY, subscription TEXT NOT NULL, topic TEXT NOT NULL, message_id TEXT NOT NULL,
    data BLOB NOT NULL, attributes TEXT NOT NULL, key TEXT NOT NULL, published_at REAL NOT NULL,
    attempts INTEGER NOT NULL, reason TEXT NOT NULL, died_at REAL NOT NULL
) STRICT;
"""
