"""The record of every call to a simulated gateway, which `GET /_sim/outbox` returns."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

#: Maximum number of calls kept.
LIMIT = 10_000


@dataclass(frozen=True)
class Call:
    """One call. `status` is the HTTP status of the response, 0 if it was dropped; `turn` the outbound
    message's id if the caller sent it; `to` and `text` are empty if the body was invalid."""

    at: str
    tenant: str
    channel: str
    kind: str
    to: str
    text: str
    turn: str
    body: Any
    status: int


class CallLog:
    """A durable, ordered log of calls; `seq` only grows."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def add(self, call: Call) -> int:
        """Adds the call under the next `seq`; the caller commits."""
        values = (call.at, call.tenant, call.channel, call.kind, call.to, call.text, call.turn)
        cursor = self._db.execute(
            'INSERT INTO calls (at, tenant, channel, kind, "to", text, turn, body, status)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, json.dumps(call.body, ensure_ascii=False), call.status),
        )
        seq = cursor.lastrowid or 0
        self._db.execute("DELETE FROM calls WHERE seq <= ?", (seq - LIMIT,))
        return seq

    def since(self, seq: int) -> list[dict[str, Any]]:
        """Returns the calls after `seq`, oldest first."""
        rows = self._db.execute("SELECT * FROM calls WHERE seq > ? ORDER BY seq", (seq,))
        return [_call(row) for row in rows]

    def of_turn(self, tenant: str, turn: str) -> list[dict[str, Any]]:
        """Returns the calls that sent this outbound message, oldest first."""
        rows = self._db.execute(
            "SELECT * FROM calls WHERE tenant = ? AND turn = ? ORDER BY seq", (tenant, turn)
        )
        return [_call(row) for row in rows]


def _call(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "body": json.loads(row["body"])}
