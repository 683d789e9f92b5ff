"""Time and ids of a world: the loop's virtual time, and ids from the seed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random

BEGINNING = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


class VirtualClock:
    def __init__(self, time: Callable[[], float]) -> None:
        self._time = time

    def now(self) -> datetime:
        return BEGINNING + timedelta(seconds=self._time())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def seconds(self, moment: datetime) -> float:
        """Since the world began."""
        return (moment - BEGINNING).total_seconds()


class SeededIds:
    def __init__(self, random: Random) -> None:
        self._random = random

    def new(self, prefix: str) -> str:
        return f"{prefix}-{self._random.getrandbits(48):012x}"
