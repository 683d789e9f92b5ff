"""Concurrent work of one instance per tenant, and a line for the work above a tenant's share.

Only work that is safe in the store waits in a line: its event is acknowledged, so that it holds no request
and uses up no attempt, and the sweep finds it if this instance ends. A request of the tenant that is done
continues with the line, and puts the next event back on the bus when its own time is over.
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

#: A tenant that is alone gets half: 30 of the 40 requests that an instance accepts. So others find room, and
#: the platform, which adds instances when most requests are taken, still notices the load.
SLOTS = 60
#: How long a request continues with the line: the longest turn then still ends within its timeout of 60 s.
CARRIES_ON = timedelta(seconds=20)
#: The length of a tenant's line; further events are left to the sweep.
LENGTH = 2_000


class FairLine(Generic[Event]):
    """Lines of events by tenant; `follow` handles an event of the line, `publish` puts it back on the bus."""

    def __init__(
        self,
        clock: Clock,
        slots: int,
        follow: Callable[[Event], Awaitable[None]],
        publish: Callable[[Event], Awaitable[None]],
    ) -> None:
        self._clock, self._slots = clock, FairShare(slots)
        self._follow, self._publish = follow, publish
        #: By tenant, in order of arrival; no empty lines. Equal events wait once.
        self._lines: dict[str, dict[str, Event]] = {}

    async def run(self, tenant: str, work: Callable[[bool], Awaitable[None]]) -> None:
        """Does `work(True)`, and then the work in this tenant's line; if its share is used up, `work(False)`.

        `work(False)` stores the event and leaves the rest to the line. Raises the exceptions of `work`.
        """
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
        """Puts an event at the end of the tenant's line, unless an equal one is there already."""
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
        """Handles an event of the line; its Retry is left to the sweep, and does not fail this request."""
        try:
            await self._follow(event)
        except Drop as done:
            logs.logger().info("followed", reason=done.reason)
        except Retry as later:
            logs.logger().warning("left_to_sweep", reason=later.reason)
