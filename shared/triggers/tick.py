"""The tick of the function `triggers`: once a minute, it reads what is due and hands it out over a topic.

It reads each due document once, in pages by time, and nothing else: its cost follows what is due. Two ticks
at once, or a repeated one, hand out the same ids twice, which their transactions make harmless.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

from pydantic import BaseModel

from shared.conversation.conversation import Conversation
from shared.models.document import Document
from shared.models.events import ContactsDue, ConversationsSilent, OccurrencesDue, TriggerDue
from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.models.trigger import Trigger
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Where

#: Documents of a page, the most pages of one kind in a tick, and the ids of one event. The rest is still due.
PAGE, PAGES, BATCH = 500, 40, 50
TOPIC = "occurrences"

D = TypeVar("D", bound=Document)


class _Kind(NamedTuple):
    """A kind of documents that may be due: the field with the time, the id, and the event for a batch."""

    model: type[Document]
    field: str
    id: Callable[[Document], str]
    event: Callable[[str, list[str]], BaseModel]
    size: int = BATCH


_KINDS = {
    "occurrences": _Kind(
        Occurrence,
        "due_at",
        lambda doc: doc.occurrence,  # type: ignore[attr-defined]
        lambda tenant, ids: OccurrencesDue(tenant=tenant, occurrences=ids),
    ),
    "triggers": _Kind(
        Trigger,
        "due_at",
        lambda doc: doc.trigger,  # type: ignore[attr-defined]
        lambda tenant, ids: TriggerDue(tenant=tenant, trigger=ids[0]),
        1,
    ),
    "contacts": _Kind(
        Contact,
        "plan_at",
        lambda doc: doc.contact,  # type: ignore[attr-defined]
        lambda tenant, ids: ContactsDue(tenant=tenant, contacts=ids),
    ),
    "conversations": _Kind(
        Conversation,
        "silent_at",
        lambda doc: doc.conversation,  # type: ignore[attr-defined]
        lambda tenant, ids: ConversationsSilent(tenant=tenant, conversations=ids),
    ),
}


class Tick:
    def __init__(self, store: Store, clock: Clock, publisher: Publisher, pause: Pause) -> None:
        self._store, self._clock = store, clock
        self._publisher, self._pause = publisher, pause

    async def run(self) -> dict[str, int]:
        """Hands out what is due; returns the number of each kind.

        A paused deployment hands out nothing, and only says that the schedule runs.
        """
        if await self._pause.in_force():
            self._report(0, {})
            return {}
        done = {}
        for name, kind in _KINDS.items():
            done[name] = 0
            oldest: dict[str, datetime] = {}
            async for page in self._pages(kind):
                done[name] += len(page)
                await self._hand_out(kind, page)
                for doc in page:
                    oldest.setdefault(_tenant(doc), _at(doc, kind.field))
            if kind.model is Occurrence:
                self._report(done[name], oldest)
        return done

    async def _pages(self, kind: _Kind) -> AsyncIterator[Sequence[Document]]:
        """Yields the due documents in pages, the oldest first.

        Instants within a page differ by microseconds; the few of the very instant at which a page ends are
        due at the next tick.
        """
        now, after = self._clock.now(), None
        for _ in range(PAGES):
            where = [Where(kind.field, "<=", now)]
            if after is not None:
                where.append(Where(kind.field, ">", after))
            page = await self._store.query(kind.model, where=where, order=kind.field, limit=PAGE)
            if page:
                yield page
            if len(page) < PAGE:
                return
            after = _at(page[-1], kind.field)

    async def _hand_out(self, kind: _Kind, page: Iterable[Document]) -> None:
        tenants: dict[str, list[str]] = defaultdict(list)
        for doc in page:
            tenants[_tenant(doc)].append(kind.id(doc))
        events = [
            (tenant, kind.event(tenant, ids[begin : begin + kind.size]))
            for tenant, ids in tenants.items()
            for begin in range(0, len(ids), kind.size)
        ]
        await asyncio.gather(
            *(self._publisher.publish(TOPIC, event, tenant=tenant) for tenant, event in events)
        )

    def _report(self, due: int, oldest: dict[str, datetime]) -> None:
        """Logs the number of due occurrences and the age (s) of the oldest: over all tenants as a sign of
        life, then for each tenant."""
        now = self._clock.now()
        ages = {tenant: (now - at).total_seconds() for tenant, at in oldest.items()}
        logs.logger().info("triggers_tick", due=due, oldest_seconds=max(ages.values(), default=0.0))
        for tenant, age in ages.items():
            logs.logger().info("occurrences_due", tenant=tenant, oldest_seconds=age)


def _tenant(doc: Document) -> str:
    tenant: str = doc.tenant  # type: ignore[attr-defined]
    return tenant


def _at(doc: Document, field: str) -> datetime:
    """Returns the time of a field, also of one in a group of a conversation's fields."""
    holder = doc.writer if isinstance(doc, Conversation) else doc
    at: datetime = getattr(holder, field)
    return at
