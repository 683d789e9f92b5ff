"""An event loop in virtual time: where nothing is ready, time jumps to the next timer. Nobody ever waits.

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
    """Everybody waits, and nothing will ever happen again."""


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio's own loop, with other timers and without input and output."""

    _ready: deque[Any]
    _stopping: bool
    _timers: list[tuple[float, int, asyncio.TimerHandle | partial[object]]]

    def __init__(self, random: Random) -> None:
        super().__init__()
        #: Seconds since the world began.
        self.now = 0.0
        self._random = random
        self._timers = []
        self._set = 0

    def time(self) -> float:
        return self.now

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """Without asyncio's checks for what nobody does here."""
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
        """As asyncio.sleep, at a third of its price: sleeping is most of what happens here."""
        future: asyncio.Future[None] = self.create_future()
        self.after(seconds, _wake, future)
        return future

    def after(self, delay: float, callback: Callable[[*Ts], object], *args: *Ts) -> None:
        """As `call_later`, at a third of its price, for what is never cancelled."""
        self._set += 1
        heappush(self._timers, (self.now + delay, self._set, partial(callback, *args)))

    def _run_once(self) -> None:
        """Rounds of what is ready, until it is stopped: all that this class changes of how asyncio runs."""
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
        """To the moment at which something happens next."""
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
        """No threads: their order is nobody's to decide. The work is done at once."""
        future: asyncio.Future[R] = self.create_future()
        future.set_result(func(*args))
        return future


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
