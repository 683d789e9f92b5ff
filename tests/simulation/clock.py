"""Virtual time and seeded ids of a world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from tests.simulation.loop import VirtualLoop

BEGINNING = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


class VirtualClock:
    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._now, self._since = BEGINNING, 0.0

    def now(self) -> datetime:
        since = self._loop.now
        if since != self._since:  # cached: time is read far more often than it moves
            self._now, self._since = BEGINNING + timedelta(seconds=since), since
        return self._now

    async def sleep(self, seconds: float) -> None:
        await self._loop.sleep(seconds)

    def seconds(self, moment: datetime) -> float:
        """Returns the seconds from the beginning of the world to `moment`."""
        return (moment - BEGINNING).total_seconds()


class SeededIds:
    def __init__(self, random: Random) -> None:
        self._random = random

    def new(self, prefix: str) -> str:
        return f"{prefix}-{self._random.getrandbits(48):012x}"

    def token(self) -> str:
        return f"{self._random.getrandbits(160):040x}"
