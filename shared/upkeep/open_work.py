"""Open work: all documents of a deployment with something due, in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from shared.conversation.conversation import Conversation
from shared.models.handoff import Handoff
from shared.models.message import Inbound, Outbound
from shared.models.notification import Notification
from shared.models.occurrence import Occurrence
from shared.models.trigger import Trigger
from shared.platform.store import Store, Where

D = TypeVar("D", Conversation, Handoff, Inbound, Notification, Occurrence, Outbound, Trigger)

#: The conditions of open messages, of each direction.
OUT, IN = [Where("direction", "==", "out")], [Where("direction", "==", "in")]
_PAGE = 200


async def walk(store: Store, model: type[D], where: Sequence[Where] = ()) -> AsyncIterator[D]:
    """Yields the documents of all tenants that have a `due_at`, soonest first.

    Documents may be changed meanwhile; one whose `due_at` moves may come twice.
    """
    since, limit = datetime(1970, 1, 1, tzinfo=UTC), _PAGE
    seen: set[str] = set()
    while True:
        conditions = [*where, Where("due_at", ">=", since)]
        page = await store.query(model, where=conditions, order="due_at", limit=limit)
        for each in page:
            if each.location() not in seen:
                yield each
        if len(page) < limit:
            return
        last = page[-1].due_at or since
        limit = limit * 2 if last == since else _PAGE  # more than a page are due at one moment
        since, seen = last, {each.location() for each in page}
