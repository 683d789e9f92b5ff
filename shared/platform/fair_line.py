"""What one instance does at once for each tenant, and the line of what is over a tenant's share.

Only work that is safe in the store waits in a line: its event is acknowledged, so that it holds no request
and uses up no attempt, and the sweep finds it if this instance ends. Whoever of the tenant is done carries on
with the line, and puts the next of it back on the bus when its own time is over.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

from pydantic import BaseModel

from shared.errors import Drop, Retry
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.fair_share import FairShare

Event = TypeVar("Event", bound=BaseModel)

#: A tenant that is alone gets half: 30 of the 40 requests that an instance takes. So there is room for
#: others, and the platform, which adds instances when most requests are taken, still sees the flood.
SLOTS = 60
#: For how long a request carries on: the longest turn then still ends within its timeout of 60 s.
CARRIES_ON = timedelta(seconds=20)
#: How long a tenant's line may become; what comes then is left to the sweep.
LENGTH = 2_000


class FairLine(Generic[Event]):
    """`follow` does what an event that waited asks for; `publish` puts it back on the bus."""

    def __init__(
        self,
        clock: Clock,
        slots: int,
        follow: Callable[[Event], Awaitable[None]],
        publish: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._clock, self._slots = clock, FairShare(slots)
        self._follow, self._publish = follow, publish
        #: By tenant, the first to come first; no empty ones. Events that say the same wait once.
        self._lines: dict[str, dict[str, Event]] = {}

    async def run(self, tenant: str, work: Callable[[bool], Awaitable[None]]) -> None:
        """Does `work(True)` and then what waits of this tenant. If its share is taken, does `work(False)`:
        that makes safe what has come, and lets the rest wait. Raises what `work` does."""
        if not self._slots.take(tenant):
            await work(False)
            return
        try:
            over = self._clock.now() + CARRIES_ON
            await work(True)
            while following := self._next(tenant):
                if self._clock.now() >= over:
                    await self._publish(following)
                    break
                await self._do(following)
        finally:
            self._slots.give_back(tenant)

    def wait(self, tenant: str, event: Event) -> None:
        """Puts it at the end of the tenant's line, unless one that says the same is there already."""
        line = self._lines.setdefault(tenant, {})
        if len(line) < LENGTH:
            line.setdefault(event.model_dump_json(), event)
        logs.logger().info("over_share", waiting=len(line))

    def _next(self, tenant: str) -> Event | None:
        line = self._lines.get(tenant)
        if line is None:
            return None
        event = line.pop(next(iter(line)))
        if not line:
            del self._lines[tenant]
        return event

    async def _do(self, event: Event) -> None:
        """What fails for now is left to the sweep: this request's own event has nothing to do with it."""
        try:
            await self._follow(event)
        except Drop as done:
            logs.logger().info("followed", reason=done.reason)
        except Retry as later:
            logs.logger().warning("left_to_sweep", reason=later.reason)
