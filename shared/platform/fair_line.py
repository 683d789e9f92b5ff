"""What one instance does at once for each tenant, and the line of what is over a tenant's share.

Only work that is safe in the store waits in a line: its event is acknowledged, so that it holds no request
and uses up no attempt, and the sweep finds it if this instance ends. Whoever of the tenant is done carries on
with the line.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta

from shared.errors import Drop, Retry
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.fair_share import FairShare

Work = Callable[[], Awaitable[None]]

#: A tenant that is alone gets half: 30 of the 40 requests that an instance takes. So there is room for
#: others, and the platform, which adds instances from 60 % on, still sees the flood.
SLOTS = 60
#: For how long a request carries on: the longest turn then still ends within its timeout of 60 s.
CARRIES_ON = timedelta(seconds=20)
#: How long a tenant's line may become; what comes then is left to the sweep.
LENGTH = 2_000


class FairLine:
    def __init__(self, clock: Clock, slots: int) -> None:
        self._clock, self._slots = clock, FairShare(slots)
        self._lines: dict[str, OrderedDict[str, Work]] = {}

    async def run(self, tenant: str, work: Callable[[bool], Awaitable[None]]) -> None:
        """Does `work(True)` and then what waits of this tenant. If its share is taken, does `work(False)`:
        that makes safe what has come, and lets the rest wait. Raises what `work` does."""
        if not self._slots.take(tenant):
            await work(False)
            return
        try:
            over = self._clock.now() + CARRIES_ON
            await work(True)
            while self._clock.now() < over and (following := self._next(tenant)):
                await self._follow(following)
        finally:
            self._slots.give_back(tenant)

    def wait(self, tenant: str, name: str, work: Work) -> None:
        """Puts work at the end of the tenant's line, unless some of that name is there already."""
        line = self._lines.setdefault(tenant, OrderedDict())
        if len(line) < LENGTH:
            line.setdefault(name, work)
        logs.logger().info("over_share", waiting=len(line))

    def _next(self, tenant: str) -> Work | None:
        line = self._lines.get(tenant)
        if line is None:
            return None
        _, work = line.popitem(last=False)
        if not line:
            del self._lines[tenant]
        return work

    async def _follow(self, work: Work) -> None:
        """What fails for now is left to the sweep: this request's own event has nothing to do with it."""
        try:
            await work()
        except Drop as done:
            logs.logger().info("followed", reason=done.reason)
        except Retry as later:
            logs.logger().warning("left_to_sweep", reason=later.reason)
