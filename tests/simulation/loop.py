"""Event loop in virtual time: if no callback is ready, time jumps to the next timer without waiting.

Callbacks that are ready at the same moment run in an order that the seed decides: asyncio promises none
between tasks that do not wait for one another.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Any, TypeVar, TypeVarTuple

R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class Deadlock(Exception):
    """All tasks wait and no timer is left."""


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio's own loop with virtual timers, without input and output."""

    _ready: deque[Any]
    _stopping: bool
    _timers: list[tuple[float, int, asyncio.TimerHandle | partial[object]]]

    def __init__(self, random: Random) -> None:
        super().__init__()
        #: Seconds since the beginning of the world.
        self.now = 0.0
        self._random = random
        self._timers = []
        self._set = 0

    def time(self) -> float:
        return self.now

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Schedules a callback, without asyncio's checks for threads and closed loops."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        self._set += 1
        heappush(self._timers, (when, self._set, timer))
        return timer

    def sleep(self, seconds: float) -> asyncio.Future[None]:
        """Sleeps like asyncio.sleep, at a third of its cost: sleeping is most of the work here."""
        future: asyncio.Future[None] = self.create_future()
        self.after(seconds, _wake, future)
        return future

    def after(self, delay: float, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """Schedules like `call_later`, at a third of its cost, for timers that are never cancelled."""
        self._set += 1
        heappush(self._timers, (self.now + delay, self._set, partial(callback, *args)))

    def _write_to_self(self) -> None:
        """Wakes nothing: there is one thread. Asyncio calls it to close generators that were left."""

    def _run_once(self) -> None:
        """Runs ready callbacks in rounds until stopped: the only change to how asyncio runs."""
        ready = self._ready
        while not self._stopping:
            if not ready:
                self._jump()
            if len(ready) > 1:
                self._random.shuffle(ready)
            for _ in range(len(ready)):
                handle = ready.popleft()
                if not handle._cancelled:
                    handle._run()

    def _jump(self) -> None:
        """Moves time to the next timer."""
        timers = self._timers
        if not timers:
            raise Deadlock
        self.now = max(self.now, timers[0][0])
        while timers and timers[0][0] <= self.now:
            timer = heappop(timers)[2]
            if isinstance(timer, partial):
                timer()
            else:
                self._ready.append(timer)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], R], *args: *Ts
    ) -> asyncio.Future[R]:
        """Runs the work at once: the order of threads cannot be seeded."""
        future: asyncio.Future[R] = self.create_future()
        future.set_result(func(*args))
        return future


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
