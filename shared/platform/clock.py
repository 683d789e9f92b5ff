"""Ports for time and ids, so that a simulation can control them."""

from __future__ import annotations

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Returns the time, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    def new(self, prefix: str) -> str:
        """Returns a fresh id that cannot be guessed: `prefix-…`."""
        ...

    def token(self) -> str:
        """Returns 160 random bits in hexadecimal, for a link that gives its holder a right."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class RandomIds:
    def new(self, prefix: str) -> str:
        return f"{prefix}-{secrets.token_hex(8)}"

    def token(self) -> str:
        return secrets.token_hex(20)
