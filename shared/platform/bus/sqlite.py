"""A durable queue in one SQLite file, for a laptop: no Java, no cloud. `pusher.py` pushes its messages.

A message becomes one row per subscription of its topic, and the row is deleted when that subscription has
acknowledged it. After too many failed attempts it becomes a dead letter: it is kept in a table of its own,
and published to the subscription's dead-letter topic, as Pub/Sub does.

A commit survives a crash (WAL with synchronous=NORMAL), not a power cut. Many publish, one pusher reads.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.errors import Retry
from shared.platform import effects
from shared.platform.bus import envelope
from shared.platform.bus.sql_schema import SCHEMA

#: SQL and its parameters.
Statement = tuple[str, tuple[object, ...]]

#: How long (s) a write waits for another process's, each of which takes well under a millisecond.
_LOCK_DEADLINE_S = 1.0

_PUBLISH = """
INSERT INTO messages (subscription, topic, message_id, data, attributes, key, published_at)
SELECT name, topic, ?, ?, ?, ?, ? FROM subscriptions WHERE topic = ?
"""

#: Each step jumps to the next tenant in the index: as many steps as tenants, however many messages.
_TENANTS = """
WITH RECURSIVE tenants (tenant) AS (
    SELECT min(ifnull(json_extract(attributes, '$.tenant'), '')) FROM messages
    WHERE subscription = :subscription
    UNION ALL
    SELECT (
        SELECT min(ifnull(json_extract(attributes, '$.tenant'), '')) FROM messages
        WHERE subscription = :subscription AND ifnull(json_extract(attributes, '$.tenant'), '') > tenant
    ) FROM tenants WHERE tenant IS NOT NULL
)
SELECT tenant FROM tenants WHERE tenant IS NOT NULL
"""

#: In publish order. Of an ordered subscription's messages with a key, only the key's oldest may go.
_DUE = """
SELECT id, topic, message_id, data, attributes, key, published_at, attempts FROM messages AS message
WHERE subscription = :subscription AND due_at <= :now
  AND ifnull(json_extract(attributes, '$.tenant'), '') = :tenant
  AND id NOT IN (SELECT value FROM json_each(:pushing))
  AND (NOT :ordered OR key = '' OR NOT EXISTS (
    SELECT 1 FROM messages AS older
    WHERE older.subscription = message.subscription AND older.key = message.key AND older.id < message.id))
ORDER BY id LIMIT :limit
"""

_DELETE = "DELETE FROM messages WHERE id = ?"

_POSTPONE = "UPDATE messages SET attempts = ?, due_at = ? WHERE id = ?"

_DEAD_LETTER = """
INSERT INTO dead_letters
SELECT id, subscription, topic, message_id, data, attributes, key, published_at, ?, ?, ?
FROM messages WHERE id = ?
"""

_DEAD_LETTERS = """
SELECT subscription, topic, message_id, data, attributes, key, published_at, attempts, reason, died_at
FROM dead_letters ORDER BY id DESC LIMIT ?
"""


@dataclass(frozen=True)
class Subscription:
    """A subscription, derived from the manifest for one function and topic.
    Times are in seconds; `ack_deadline` bounds a push, `max_attempts` is the number of attempts before the
    message is a dead letter. Without a `dead_letter_topic` the dead letter is only kept."""

    name: str
    topic: str
    endpoint: str
    ordered: bool
    ack_deadline: float
    min_backoff: float
    max_backoff: float
    max_attempts: int
    dead_letter_topic: str = ""


@dataclass(frozen=True)
class Message:
    """One message for one subscription.
    `published_at` is in seconds since 1970; `attempts` counts the failed ones."""

    id: int
    topic: str
    message_id: str
    data: bytes
    attributes: dict[str, str]
    key: str
    published_at: float
    attempts: int


@dataclass(frozen=True)
class DeadLetter:
    """A message that its subscription never acknowledged; `reason` is how the last attempt failed."""

    subscription: str
    topic: str
    message_id: str
    data: bytes
    attributes: dict[str, str]
    key: str
    published_at: float
    attempts: int
    reason: str
    died_at: float


class SqliteBus:
    """The bus port on the queue in `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._queue: Queue | None = None

    async def publish(self, topic: str, data: bytes, *, attributes: Mapping[str, str], key: str = "") -> str:
        message_id, statement = _publication(topic, data, attributes, key, time.time())
        await self._write(statement)
        _wake(self._path)
        effects.published(topic)
        return message_id

    async def reach(self) -> None:
        await self._write()

    async def _write(self, *statements: Statement) -> None:
        try:
            self._queue = self._queue or Queue(self._path)
            await self._queue.write(*statements)
        except sqlite3.OperationalError as error:  # locked, full, out of reach
            raise Retry(f"bus: {error.sqlite_errorname}") from error


class Queue:
    """The queue's file. Writes made in the same turn of the event loop are committed together."""

    def __init__(self, path: Path) -> None:
        """Opens the file. Raises sqlite3.OperationalError if it cannot be opened, or is locked."""
        self.path = path
        self._connection = sqlite3.connect(path, timeout=_LOCK_DEADLINE_S, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)
        self._statements: list[Statement] = []
        self._committing: asyncio.Task[None] | None = None

    async def write(self, *statements: Statement) -> None:
        """Returns once all of them are committed. Raises sqlite3.OperationalError if the commit failed."""
        self._statements += statements
        if self._committing is None:  # its first step comes in the loop's next turn: until then, others join
            self._committing = asyncio.create_task(self._commit())
        await asyncio.shield(self._committing)  # one caller's cancellation is not the others'

    def declare(self, subscriptions: Sequence[Subscription]) -> None:
        """Replaces all subscriptions. Messages of a removed one stay, in case it returns."""
        rows = [(subscription.name, subscription.topic) for subscription in subscriptions]
        with self._transaction():
            self._connection.execute("DELETE FROM subscriptions")
            self._connection.executemany("INSERT INTO subscriptions VALUES (?, ?)", rows)

    def tenants(self, subscription: Subscription) -> list[str]:
        """Returns the tenants with messages there, by `tenant` attribute; "" for messages without one."""
        return [row[0] for row in self._connection.execute(_TENANTS, {"subscription": subscription.name})]

    def due(
        self, subscription: Subscription, tenant: str, *, now: float, pushing: Collection[int], limit: int
    ) -> list[Message]:
        """Returns a tenant's messages to push now, without the rows `pushing` (ids) that are under way."""
        rows = self._connection.execute(
            _DUE,
            {
                "subscription": subscription.name,
                "tenant": tenant,
                "ordered": subscription.ordered,
                "now": now,
                "pushing": json.dumps(list(pushing)),
                "limit": limit,
            },
        )
        return [Message(**_fields(row)) for row in rows]

    def waiting(self, subscription: Subscription) -> int:
        """Returns the number of its unacknowledged messages."""
        count = "SELECT count(*) FROM messages WHERE subscription = ?"
        return int(self._connection.execute(count, (subscription.name,)).fetchone()[0])

    async def acknowledge(self, message: Message) -> None:
        await self.write((_DELETE, (message.id,)))

    async def postpone(self, message: Message, until: float) -> None:
        """Postpones a message after a failed attempt."""
        await self.write((_POSTPONE, (message.attempts + 1, until, message.id)))

    async def dead_letter(
        self, subscription: Subscription, message: Message, reason: str, now: float
    ) -> None:
        """Makes a dead letter after the last failed attempt, and publishes it to its topic, in one commit."""
        attempts = message.attempts + 1
        statements: list[Statement] = [
            (_DEAD_LETTER, (attempts, reason, now, message.id)),
            (_DELETE, (message.id,)),
        ]
        if topic := subscription.dead_letter_topic:
            published_at = datetime.fromtimestamp(message.published_at, UTC)
            told = envelope.dead_letter_attributes(subscription.name, attempts, published_at, reason)
            attributes = {**message.attributes, **told}
            statements.append(_publication(topic, message.data, attributes, message.key, now)[1])
        await self.write(*statements)

    def waits(self, now: float) -> bool:
        """Whether there are messages to push at `now` (seconds since 1970), or pushes under way."""
        due = self._connection.execute("SELECT 1 FROM messages WHERE due_at <= ? LIMIT 1", (now,))
        return due.fetchone() is not None

    def state(self, now: float) -> tuple[int, int]:
        """Returns how many messages are to be pushed at `now` or under way, and the number of the newest.

        Both stay the same for as long as nothing happens.
        """
        count = "SELECT count(*) FILTER (WHERE due_at <= ?), ifnull(max(id), 0) FROM messages"
        waiting, newest = self._connection.execute(count, (now,)).fetchone()
        return waiting, newest

    def next_due(self, now: float) -> float | None:
        """Returns the first time after `now` until which a message was postponed, None if there is none."""
        found = self._connection.execute("SELECT min(due_at) FROM messages WHERE due_at > ?", (now,))
        at: float | None = found.fetchone()[0]
        return at

    def dead_letters(self, limit: int) -> list[DeadLetter]:
        """Returns the newest dead letters, newest first."""
        return [DeadLetter(**_fields(row)) for row in self._connection.execute(_DEAD_LETTERS, (limit,))]

    async def _commit(self) -> None:
        statements, self._statements, self._committing = self._statements, [], None
        with self._transaction():
            for statement, parameters in statements:
                self._connection.execute(statement, parameters)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        with self._connection:  # commits, or rolls back if it raises
            yield


def _publication(
    topic: str, data: bytes, attributes: Mapping[str, str], key: str, now: float
) -> tuple[str, Statement]:
    """Returns a new message's id, and the statement that adds it to each queue of its topic."""
    message_id = secrets.token_hex(8)
    return message_id, (_PUBLISH, (message_id, data, json.dumps(dict(attributes)), key, now, topic))


def _fields(row: sqlite3.Row) -> dict[str, Any]:
    return {**dict(row), "attributes": json.loads(row["attributes"])}


_pushers: defaultdict[Path, list[Callable[[], None]]] = defaultdict(list)


@contextmanager
def listening(path: Path, wake: Callable[[], None]) -> Iterator[None]:
    """Calls `wake` after every publish of this process to that file, while the block runs."""
    _pushers[path.resolve()].append(wake)
    try:
        yield
    finally:
        _pushers[path.resolve()].remove(wake)


def _wake(path: Path) -> None:
    for wake in _pushers.get(path, ()):
        wake()
