"""The tick of the function `knowledge`: every few minutes, it hands out the sources that are due.

Two ticks at once, or a repeated one, hand out the same source twice: its claim makes that harmless.
"""

from __future__ import annotations

import asyncio

from shared.models.events import SourceDue
from shared.models.source import Source
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Where

#: The most sources of one tick; the rest is still due at the next.
LIMIT = 500
TOPIC = "sources"


class Tick:
    def __init__(self, store: Store, clock: Clock, publisher: Publisher, pause: Pause) -> None:
        self._store, self._clock = store, clock
        self._publisher, self._pause = publisher, pause

    async def run(self) -> dict[str, int]:
        """Hands out the sources that are due; returns their number. A paused deployment hands out none."""
        now, due = self._clock.now(), list[Source]()
        if not await self._pause.in_force():
            where = [Where("due_at", "<=", now)]
            found = await self._store.query(Source, where=where, order="due_at", limit=LIMIT)
            due = [each for each in found if each.claim is None or each.claim.until <= now]
        oldest = max(((now - each.due_at).total_seconds() for each in due if each.checked_at), default=0.0)
        logs.logger().info("sources_tick", due=len(due), oldest_seconds=oldest)
        events = [SourceDue(tenant=each.tenant, source=each.source) for each in due]
        await asyncio.gather(*(self._publisher.publish(TOPIC, each, tenant=each.tenant) for each in events))
        return {"due": len(due)}
