"""The run's clock, moved forward for every function at once; the schedules in between run."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

from shared.platform.bus.sqlite import Queue
from shared.platform.clock_shifted import ShiftedClock, shift

#: A schedule's minute, and most ticks of one move: a longer one has them further apart.
MINUTE, TICKS = timedelta(minutes=1), 60
#: How long (s) a tick's messages may take, those of one move together, and how often to look.
_TICK_S, _MOVE_S, _LOOK_S = 2.0, 15.0, 0.02


class RunClock(ShiftedClock):
    """The clock of a local run, kept in `path`. A new one shows the system's time."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            shift(path, timedelta())
        super().__init__(path)
        self._path = path

    def move(self, to: datetime) -> None:
        """Moves it forward; does nothing if it has already passed `to`."""
        if (ahead := to - self.now()) > timedelta():
            shift(self._path, self.shift + ahead)


class Moves:
    """Moves of the clock. `tick` calls all scheduled functions once; `queue` has the messages of the run."""

    def __init__(self, clock: RunClock, tick: Callable[[], Awaitable[None]], queue: Queue) -> None:
        self._clock, self._tick, self._queue = clock, tick, queue
        self._moving = asyncio.Lock()

    async def to(self, end: datetime) -> None:
        """Moves the clock forward to `end`, tick by tick, and lets each tick's work end before the next."""
        async with self._moving:
            deadline = time.monotonic() + _MOVE_S
            left = end - self._clock.now()
            ticks = min(TICKS, math.ceil(left / MINUTE))
            for number in range(ticks, 0, -1):
                self._clock.move(end - left * (number - 1) / ticks)
                await self._tick()
                await self._settled(min(time.monotonic() + _TICK_S, deadline))

    async def _settled(self, deadline: float) -> None:
        """Returns when nothing waits in the queue, or at the deadline: a hanging call is not waited for."""
        await asyncio.sleep(_LOOK_S)
        while self._queue.waits(time.time()) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)
