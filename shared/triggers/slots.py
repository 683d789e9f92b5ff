"""Slots: the times that a channel's pace gives to messages that we begin, over all instances.

One document per channel has the pace. A batch of work reserves half of a burst with one write: so it is no
hot document, and slots that a batch does not need after all cost others little.
"""

from __future__ import annotations

import asyncio
from collections import deque
from datetime import datetime
from functools import partial

from shared.models.pace import ChannelPace
from shared.models.terms import Pace, Terms
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction


class Slots:
    """The slots of one batch of at most `size` messages of a tenant."""

    def __init__(self, store: Store, clock: Clock, tenant: str, size: int) -> None:
        self._store, self._clock, self._tenant, self._size = store, clock, tenant, size
        self._reserved: dict[str, deque[datetime]] = {}
        self._given: dict[str, datetime] = {}
        self._until: dict[str, tuple[datetime, Pace]] = {}
        self._reserving = asyncio.Lock()

    async def take(self, channel: str, terms: Terms, occurrence: str) -> datetime | None:
        """Returns the time at which the occurrence's message may go, None if it may go at any time.

        A repeated call for the same occurrence returns the same time.
        """
        if terms.begun is None:
            return None
        async with self._reserving:
            if occurrence not in self._given:
                if not self._reserved.get(channel):
                    self._reserved[channel] = deque(await self._reserve(channel, terms.begun))
                self._given[occurrence] = self._reserved[channel].popleft()
            return self._given[occurrence]

    async def give_back(self) -> None:
        """Gives back the slots that the batch did not need, unless others have reserved later ones since."""
        for channel, unused in self._reserved.items():
            if unused:
                await self._store.transaction(partial(self._return, channel, len(unused)))
        self._reserved = {}

    async def _return(self, channel: str, unused: int, tx: Transaction) -> None:
        pace = await tx.get(ChannelPace, tenant=self._tenant, channel=channel)
        until, begun = self._until[channel]
        if pace is not None and pace.until == until:
            pace.until = until - begun.every * unused
            tx.put(pace)

    async def _reserve(self, channel: str, begun: Pace) -> list[datetime]:
        size = max(1, min(begun.burst // 2, self._size - len(self._given)))

        async def work(tx: Transaction) -> list[datetime]:
            found = await tx.get(ChannelPace, tenant=self._tenant, channel=channel)
            pace = found or ChannelPace(tenant=self._tenant, channel=channel)
            now, slots = self._clock.now(), []
            until = pace.until or now
            for _ in range(size):
                slot, until = begun.take(until, 1, now)
                slots.append(slot)
            pace.until = until
            tx.put(pace)
            self._until[channel] = until, begun
            return slots

        return await self._store.transaction(work)
