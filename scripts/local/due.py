"""The next time at which a scheduled function has something to do, over all documents that name such a time.

Gateways and triggers are looked at again and again without an end: they wait for whichever tick comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from shared.conversation.conversation import Conversation
from shared.models.document import Document
from shared.models.handoff import Handoff
from shared.models.message import Outbound
from shared.models.notification import Notification
from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.platform.store import Store, Where

#: Returns the first time after the given one at which something is due, None if there is none.
NextDue = Callable[[datetime], Awaitable[datetime | None]]


class _Kind(NamedTuple):
    """Documents, the stored field that says when they are due, and the same of one that was read."""

    model: type[Document]
    field: str
    at: Callable[[Document], datetime | None]
    where: Sequence[Where] = ()


def _due_at(doc: Document) -> datetime | None:
    at: datetime | None = doc.due_at  # type: ignore[attr-defined]
    return at


_KINDS = (
    _Kind(Occurrence, "due_at", _due_at),
    _Kind(Contact, "plan_at", lambda doc: doc.plan_at),  # type: ignore[attr-defined]
    _Kind(Conversation, "silent_at", lambda doc: doc.writer.silent_at),  # type: ignore[attr-defined]
    _Kind(Conversation, "due_at", _due_at),
    _Kind(Outbound, "due_at", _due_at, [Where("direction", "==", "out")]),
    _Kind(Handoff, "due_at", _due_at),
    _Kind(Notification, "due_at", _due_at),
)


def next_due(store: Store) -> NextDue:
    """Returns the look-up in this store."""

    async def soonest(kind: _Kind, now: datetime) -> datetime | None:
        where = [*kind.where, Where(kind.field, ">", now)]
        found = await store.query(kind.model, where=where, order=kind.field, limit=1)
        return kind.at(found[0]) if found else None

    async def find(now: datetime) -> datetime | None:
        times = await asyncio.gather(*(soonest(kind, now) for kind in _KINDS))
        return min(filter(None, times), default=None)

    return find
