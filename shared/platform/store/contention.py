"""Contention on the same documents, in both adapters: try again a little later, with a limit."""

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
    """Another writer changed a document that this attempt had read: the next one may succeed."""


async def until_it_holds(attempt: Callable[[], Awaitable[T]]) -> T:
    """Runs `attempt` until it raises no Contention, at most ten times, with a random pause that doubles.

    Then it raises the last Contention, which is a Retry.
    """
    with tracing.span("store.transaction"):
        for done in range(1, _ATTEMPTS):
            try:
                return await attempt()
            except Contention:
                pause = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**done)
                await asyncio.sleep(random.uniform(0, pause))  # noqa: S311 - spreads attempts, no secret
        return await attempt()
