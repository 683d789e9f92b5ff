"""What both adapters do when others work on the same documents: try again, a little later, not for ever."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from shared.errors import Retry
from shared.platform import tracing

T = TypeVar("T")

_ATTEMPTS = 10
_FIRST_PAUSE_S = 0.01
_LONGEST_PAUSE_S = 0.5


class Contention(Retry):
    """Somebody else wrote what this attempt had read: the next one may hold."""


async def until_it_holds(attempt: Callable[[], Awaitable[T]]) -> T:
    """Runs `attempt` until it raises no Contention, with a random pause that doubles, at most ten times.
    Then the last Contention stands: it is a Retry."""
    with tracing.span("store.transaction"):
        for done in range(1, _ATTEMPTS):
            try:
                return await attempt()
            except Contention:
                pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**done)
                await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - spreads attempts, guards nothing
        return await attempt()
