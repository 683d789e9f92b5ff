"""The walk over conversations that a model is to look back at: the function `reply` does that, by events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from shared.conversation.conversation import Conversation
from shared.models.events import Reflect
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Where

#: Conversations of one round, the rest is still due at the next; and those of one event, whose moods are read
#: together within a function's minute.
LIMIT, TOGETHER = 100, 5


class Reflections:
    def __init__(self, store: Store, clock: Clock, publisher: Publisher) -> None:
        self._store, self._clock, self._publisher = store, clock, publisher

    async def run(self) -> int:
        """Publishes an event for the conversations that are due. Returns their number."""
        due = Where("reflect_at", "<=", self._clock.now())
        found = await self._store.query(Conversation, where=[due], order="reflect_at", limit=LIMIT)
        names: dict[str, list[str]] = defaultdict(list)
        for conversation in found:
            names[conversation.tenant].append(conversation.conversation)
        for tenant, of_tenant in names.items():
            for start in range(0, len(of_tenant), TOGETHER):
                await self._publish(tenant, of_tenant[start : start + TOGETHER])
        return len(found)

    async def _publish(self, tenant: str, conversations: Sequence[str]) -> None:
        event = Reflect(tenant=tenant, conversations=list(conversations))
        await self._publisher.publish("inbound", event, tenant=tenant)
