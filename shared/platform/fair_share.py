"""Slots of one instance, shared between holders (tenants, channels), so that one never takes all of them.

A holder may take one more only while more are free than it holds: alone it gets half, the next a half of the
rest, and a newcomer still finds one (dynamic thresholds: A. Choudhury and E. Hahne, "Dynamic queue length
thresholds for shared-memory packet switches", IEEE/ACM Transactions on Networking 6(2), 1998).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class FairShare:
    def __init__(self, slots: int) -> None:
        self._free = slots
        self._held: Counter[str] = Counter()
        #: Waiters for a slot by holder, in order of arrival; no empty lines.
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}

    def take(self, holder: str) -> bool:
        """Takes a slot if the holder may have one more now. The caller gives it back."""
        admitted = self._admits(holder)
        if admitted:
            self._free -= 1
            self._held[holder] += 1
        return admitted

    def give_back(self, holder: str) -> None:
        """Frees a slot, and hands it to the waiting holder with the fewest."""
        self._free += 1
        self._held[holder] -= 1
        if not self._held[holder]:
            del self._held[holder]
        self._serve()

    @asynccontextmanager
    async def slot(self, holder: str, patience: float) -> AsyncIterator[None]:
        """Holds a slot while the block runs. Raises TimeoutError if none is free in `patience` seconds."""
        if holder in self._lines or not self.take(holder):
            await self._wait(holder, patience)
        try:
            yield
        finally:
            self.give_back(holder)

    async def _wait(self, holder: str, patience: float) -> None:
        served: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(holder, deque()).append(served)
        try:
            async with asyncio.timeout(patience):
                await served
        except (TimeoutError, asyncio.CancelledError):
            if served.done() and not served.cancelled():  # given to us just as we stopped waiting
                self.give_back(holder)
            else:
                self._leave(holder, served)
            raise

    def _serve(self) -> None:
        while waiting := [holder for holder in self._lines if self._admits(holder)]:
            holder = min(waiting, key=lambda each: self._held[each])
            served = self._lines[holder][0]
            self._leave(holder, served)
            if not served.done() and self.take(holder):
                served.set_result(None)

    def _leave(self, holder: str, served: asyncio.Future[None]) -> None:
        line = self._lines.get(holder, deque())
        if served in line:
            line.remove(served)
        if not line:
            self._lines.pop(holder, None)

    def _admits(self, holder: str) -> bool:
        return self._held[holder] < self._free
