"""The chats as the gateway and the person's phone see them: messages, ticks, typing indicators."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from shared.platform.clock import Clock

#: Maximum number of messages kept in all, and returned at once.
KEPT = 20_000
PAGE = 500
#: WhatsApp's own app hides "typing…" after about this long without a new indicator.
TYPING = timedelta(seconds=25)

Author = Literal["person", "concierge", "staff"]


class Chat(NamedTuple):
    """A chat. `id` is the gateway's chat id (`221770000001@c.us`, `1000@lid`, Telegram's and Meta's
    digits)."""

    tenant: str
    channel: str
    id: str


class Ack:
    """A message's delivery state, in WAHA's numbers (its `message.ack` event)."""

    ERROR = -1
    PENDING = 0
    SERVER = 1
    DEVICE = 2
    READ = 3


@dataclass(frozen=True)
class ChatMessage:
    """One message. `id` is the one in webhooks and responses; `at` is in epoch seconds; `detail` holds
    everything but the text: `location`, `file`, `choices`, `press`, `quote`, `name`. `rev` grows with every
    change of any message."""

    id: str
    author: Author
    at: float
    kind: str = "text"
    text: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    ack: int = Ack.PENDING
    turn: str = ""
    rev: int = 0


class Chats:
    """All chats. Messages are durable; typing indicators and watchers are not."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._rev = int(db.execute("SELECT coalesce(max(rev), 0) FROM messages").fetchone()[0])
        self._typing: dict[Chat, datetime] = {}
        self._watchers: dict[Chat, set[asyncio.Event]] = {}

    def add(self, chat: Chat, message: ChatMessage) -> None:
        """Stores the message; the caller commits, then calls `changed`."""
        values = (message.id, message.author, message.kind, message.text, json.dumps(message.detail))
        cursor = self._db.execute(
            "INSERT INTO messages (rev, tenant, channel, chat, id, author, kind, text, detail, at, ack, turn)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._next_rev(), *chat, *values, message.at, message.ack, message.turn),
        )
        self._db.execute("DELETE FROM messages WHERE seq <= ?", ((cursor.lastrowid or 0) - KEPT,))
        if message.author != "person":
            self._typing.pop(chat, None)

    def next_number(self) -> int:
        """Returns a number that no message had before, for a new message's id. It is reserved once a message
        is stored."""
        return self._next_rev()

    def get(self, chat: Chat, message: str) -> ChatMessage | None:
        row = self._db.execute(
            "SELECT * FROM messages WHERE tenant = ? AND channel = ? AND chat = ? AND id = ?"
            " ORDER BY seq DESC LIMIT 1",
            (*chat, message),
        ).fetchone()
        return _message(row) if row else None

    def attach(self, chat: Chat, message: str, file: dict[str, Any]) -> None:
        """Attaches the downloaded file to its message."""
        found = self.get(chat, message)
        if found is None:
            return
        detail = json.dumps(found.detail | {"file": file})
        with self._db:
            self._db.execute(
                "UPDATE messages SET detail = ?, rev = ?"
                " WHERE tenant = ? AND channel = ? AND chat = ? AND id = ?",
                (detail, self._next_rev(), *chat, message),
            )
        self.changed(chat)

    def sent(self, tenant: str, channel: str, since: float) -> list[tuple[Chat, ChatMessage]]:
        """Returns the concierge's messages on a channel since then (epoch seconds), newest first. At most
        PAGE."""
        rows = self._db.execute(
            "SELECT * FROM messages WHERE tenant = ? AND channel = ? AND author = 'concierge' AND at >= ?"
            " ORDER BY seq DESC LIMIT ?",
            (tenant, channel, since, PAGE),
        )
        return [(Chat(tenant, channel, row["chat"]), _message(row)) for row in rows]

    def acknowledge(
        self, chat: Chat, ack: int, *, author: Author, ids: Sequence[str] | None = None
    ) -> list[str]:
        """Raises the ticks of the author's messages to `ack`, never lowers them. Applies to all of them if no
        ids are given; a failed one stays failed. Returns the ids that changed."""
        query = (
            "SELECT id FROM messages WHERE tenant = ? AND channel = ? AND chat = ? AND author = ?"
            " AND ack < ? AND ack >= 0"
        )
        rows = self._db.execute(query, (*chat, author, ack)).fetchall()
        changed = [row["id"] for row in rows if ids is None or row["id"] in ids]
        with self._db:
            for message in changed:
                self._mark(chat, message, ack)
        if changed:
            self.changed(chat)
        return changed

    def fail(self, chat: Chat, message: str) -> None:
        """Marks the person's message as failed, since the gateway could not deliver it."""
        with self._db:
            self._mark(chat, message, Ack.ERROR)
        self.changed(chat)

    def messages(self, chat: Chat, since: int = 0) -> list[ChatMessage]:
        """Returns the messages changed after revision `since`, oldest first. At most the newest PAGE of
        them."""
        rows = self._db.execute(
            "SELECT * FROM messages WHERE tenant = ? AND channel = ? AND chat = ? AND rev > ?"
            " ORDER BY seq DESC LIMIT ?",
            (*chat, since, PAGE),
        ).fetchall()
        return [_message(row) for row in reversed(rows)]

    def wrote(self, chat: Chat) -> bool:
        """Whether the person ever wrote here, which means that a phone page uses this chat."""
        query = "SELECT 1 FROM messages WHERE tenant = ? AND channel = ? AND chat = ? AND author = 'person'"
        return self._db.execute(query, chat).fetchone() is not None

    def show_typing(self, chat: Chat, *, on: bool) -> None:
        if on:
            self._typing[chat] = self._clock.now() + TYPING
        else:
            self._typing.pop(chat, None)
        self.changed(chat)

    def typing(self, chat: Chat) -> float:
        """Returns for how many more seconds "typing…" is to be shown."""
        until = self._typing.get(chat)
        return max(0.0, (until - self._clock.now()).total_seconds()) if until else 0.0

    def changed(self, chat: Chat) -> None:
        """Wakes the watchers of this chat."""
        for event in self._watchers.get(chat, ()):
            event.set()

    @contextmanager
    def watch(self, chat: Chat) -> Iterator[asyncio.Event]:
        """Yields an event that is set with every later change of this chat."""
        event = asyncio.Event()
        watchers = self._watchers.setdefault(chat, set())
        watchers.add(event)
        try:
            yield event
        finally:
            watchers.discard(event)
            if not watchers:
                self._watchers.pop(chat, None)

    def _mark(self, chat: Chat, message: str, ack: int) -> None:
        self._db.execute(
            "UPDATE messages SET ack = ?, rev = ? WHERE tenant = ? AND channel = ? AND chat = ? AND id = ?",
            (ack, self._next_rev(), *chat, message),
        )

    def _next_rev(self) -> int:
        self._rev += 1
        return self._rev


def _message(row: sqlite3.Row) -> ChatMessage:
    names = ("id", "author", "at", "kind", "text", "ack", "turn", "rev")
    return ChatMessage(**{name: row[name] for name in names}, detail=json.loads(row["detail"]))
