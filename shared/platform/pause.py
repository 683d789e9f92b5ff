"""The pause of a deployment, as each instance knows it: read at most once in KEEP.

A paused deployment takes messages in and sends nothing: no answer, no notice to staff, no read mark. If its
document cannot be read, `in_force` raises Retry, so nothing is sent either.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta

from shared.errors import Drop
from shared.models.deployment import Deployment
from shared.platform.clock import Clock
from shared.platform.store import Store

#: Longest age of the state that an instance works with. A pause is in force in every instance after KEEP and
#: the longest timeout of a function.
KEEP = timedelta(seconds=20)


class Pause:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._known: Deployment | None = None
        self._until = clock.now()
        self._reading = asyncio.Lock()

    async def deployment(self) -> Deployment:
        """Returns the deployment's state, at most KEEP old. Raises Retry if it cannot be read."""
        async with self._reading:
            now = self._clock.now()
            if self._known is None or now >= self._until:
                self._known = await self._store.get(Deployment, document="state") or Deployment()
                self._until = now + KEEP
            return self._known

    async def in_force(self) -> bool:
        """Whether the deployment is paused. Raises Retry if that cannot be read."""
        return (await self.deployment()).paused_at is not None

    async def check(self) -> None:
        """Raises Drop if the deployment is paused: the work stays due, and the sweep finds it later."""
        if await self.in_force():
            raise Drop("paused")
