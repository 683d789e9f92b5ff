"""A cache of documents that rarely change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from shared.platform.clock import Clock

V = TypeVar("V")

KEEP = timedelta(seconds=60)
#: A miss is cached too, so that made-up names do not become reads, but briefly, for new tenants.
KEEP_MISS = timedelta(seconds=5)
LIMIT = 1_000


class Cache(Generic[V]):
    """A cache of at most LIMIT entries (least recently used), kept for KEEP, or KEEP_MISS if None."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: OrderedDict[str, tuple[datetime, V | None]] = OrderedDict()

    async def get(self, key: str, load: Callable[[], Awaitable[V | None]]) -> V | None:
        now = self._clock.now()
        if key in self._values:
            until, value = self._values[key]
            if now < until:
                self._values.move_to_end(key)
                return value
        value = await load()
        self._values[key] = (now + (KEEP if value is not None else KEEP_MISS), value)
        self._values.move_to_end(key)
        while len(self._values) > LIMIT:
            self._values.popitem(last=False)
        return value
