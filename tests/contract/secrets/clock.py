"""A clock that tests move, and the name of a secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NAME = "diocese-waha-api-key"


class FakeClock:
    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
