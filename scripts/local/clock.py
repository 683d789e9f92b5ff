"""The run's clock, moved forward for every function at once; what is due in between is done at its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scripts.local.due import NextDue
from shared.platform.bus.sqlite import Queue
from shared.platform.clock_shifted import ShiftedClock, shift

#: Times that are due within one second have one tick: those of one time of day differ by less.
_SECOND, _LONG_AGO = timedelta(seconds=1), datetime(1970, 1, 1, tzinfo=UTC)
#: The seconds that one move takes its time for, and the number of equal steps of a longer one from then on.
EXACT_S, STEPS = 120.0, 60
#: Most ticks at one time: work that is due may make more that is due at once.
_AGAIN = 5
#: How long (s) a tick's work may make no progress, and how often to look.
_STUCK_S, _LOOK_S = 2.0, 0.02


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
    """Moves of the clock. `tick` calls all scheduled functions once; `queue` has the messages of the run,
    whose retries follow the clock too. Work has ended when the queue is empty for `quiet` seconds."""

    def __init__(
        self,
        clock: RunClock,
        tick: Callable[[], Awaitable[None]],
        queue: Queue,
        next_due: NextDue,
        quiet: float = _LOOK_S,
    ) -> None:
        self._clock, self._tick, self._queue = clock, tick, queue
        self._next_due, self._quiet = next_due, quiet
        self._moving, self._ticked = asyncio.Lock(), _LONG_AGO

    async def to(self, end: datetime) -> None:
        """Moves the clock forward to `end`, by way of each time at which something is due, and lets each
        tick's work end before the next. What is due in the very second of `end` is done too."""
        async with self._moving:
            began, deadline = self._clock.now(), time.monotonic() + EXACT_S
            await self._work()
            while (due := await self._due(end)) is not None or self._clock.now() < end:
                stop = end if due is None else due.replace(microsecond=0) + _SECOND
                if time.monotonic() > deadline:
                    stop = max(stop, min(end, self._clock.now() + (end - began) / STEPS))
                self._clock.move(stop)
                await self._work()

    async def _due(self, end: datetime) -> datetime | None:
        """Returns the next time after the last tick at which something is due, None if there is none until
        `end`."""
        queued = self._queue.next_due(self._clock.now().timestamp())
        times = [await self._next_due(self._ticked), queued and datetime.fromtimestamp(queued, UTC)]
        return min((at for at in times if at and at < end + _SECOND), default=None)

    async def _work(self) -> None:
        """Does what is due by now, and what that makes due at once."""
        oldest = None
        for _ in range(_AGAIN):
            self._ticked = self._clock.now()
            await self._tick()
            await self._settled()
            found = await self._next_due(_LONG_AGO)
            if found is None or found > self._ticked or found == oldest:
                return
            oldest = found

    async def _settled(self) -> None:
        """Returns when a tick's work has ended, or makes no progress."""
        state, since, empty = (0, 0), time.monotonic(), time.monotonic()
        while True:
            await asyncio.sleep(_LOOK_S)
            now, seen = time.monotonic(), self._queue.state(self._clock.now().timestamp())
            if seen != state:
                state, since = seen, now
            if seen[0]:
                empty = now
            if now - empty >= self._quiet or now - since > _STUCK_S:
                return
