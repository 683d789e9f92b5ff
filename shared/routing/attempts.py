"""One piece of work over the models of a task: keys in turn, failover, a hedged request, and probes.

    ready models in their order; each has a share of the time left, so that the next one has useful time
    a model whose breaker is open and due is probed beside them, with the same request

An answer of a probe is used if it comes first. Durations are the event loop's, moments the clock's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from shared.errors import ConfigurationError, Retry
from shared.llm import Completion, Failure, ModelFailed
from shared.models.answers import ModelEntry
from shared.models.tenant import Tenant
from shared.platform import tracing
from shared.platform.clock import Clock
from shared.routing import outages
from shared.routing.breakers import Breakers, Call
from shared.routing.calls import Calls
from shared.routing.jobs import Job, Place
from shared.routing.latencies import Latencies, patience
from shared.tenants.directory import Directory

#: Time (s) that the first attempt leaves for the next one, and the least in which a call is made.
USEFUL, LEAST = 3.0, 0.05
#: Time (s) for a probe if no usual latency is known. If that of the model is not, each nth probe has the time
#: of a first attempt: rarely, because an answer waits for it.
_PROBE, _LONG = 2.0, 32


@dataclass(frozen=True)
class Answered:
    """A completion, and the model and key that gave it."""

    completion: Completion
    place: Place


_Task = asyncio.Task[Answered]


@dataclass(frozen=True)
class Means:
    """The parts that all attempts of an instance share."""

    directory: Directory
    clock: Clock
    breakers: Breakers
    latencies: Latencies
    calls: Calls


class Attempts:
    """The attempts at one job within so many seconds; `cost` is their cost so far (US dollars)."""

    def __init__(self, means: Means, tenant: Tenant, job: Job, within: float) -> None:
        self._means, self._tenant, self._job = means, tenant, job
        self._breakers, self._answers = means.breakers, tenant.answers
        self._entries = _ordered(tenant.answers.order(job.task), job)
        self._loop = asyncio.get_running_loop()
        self._deadline = self._loop.time() + within
        self._asked = 0
        self.cost = 0.0

    async def run(self) -> Answered:
        """Returns the first answer that can be used. Raises ModelFailed if there is none."""
        tenant = self._tenant.tenant
        await self._breakers.refresh(tenant)
        states = {name: self._breakers.state(tenant, name, self._keys(name)) for name in self._entries}
        ready = [name for name, state in states.items() if state == "ready"]
        due = [name for name, state in states.items() if state == "due"]
        order = list(states)
        probed = next((name for name in due if ready and order.index(name) < order.index(ready[0])), None)
        chain = [*ready, *(name for name in due if name != probed)]
        if not chain:
            raise ModelFailed(Failure.BUSY, "all_resting")
        if probed is None:
            return await self._chain(chain, hedged=self._answers.hedged)
        return await self._beside(self._chain(chain, hedged=False), self._ask(probed, probing=True))

    async def _beside(
        self, chain: Coroutine[Any, Any, Answered], probe: Coroutine[Any, Any, Answered]
    ) -> Answered:
        """Returns the chain's answer after the probe has ended, or the probe's if it comes first.

        A probe lasts hardly longer than a usual answer of its model, and a probe cut short would say nothing.
        """
        async with _tasks(chain, probe) as (main, other):
            first = await _first(main, other)
            if first is main:
                await asyncio.wait({other})
                _raise_bug(other)
            return first.result()

    async def _chain(self, names: Sequence[str], *, hedged: bool) -> Answered:
        """Asks one model after the other until one answers."""
        name, *rest = names
        usual = self._usual(name)
        if hedged and rest and usual is not None:
            return await self._hedged(name, rest, usual)
        try:
            return await self._ask(name, more=bool(rest))
        except ModelFailed:
            if not rest:
                raise
        return await self._chain(rest, hedged=False)

    async def _hedged(self, name: str, rest: Sequence[str], usual: float) -> Answered:
        """Asks the other models too once the first is slower than usual; the slower one is cancelled."""
        began = self._means.clock.now()
        async with _tasks(self._ask(name, more=True)) as (one,):
            await asyncio.wait({one}, timeout=usual)
            if one.done():
                if not isinstance(one.exception(), ModelFailed):
                    return one.result()
                return await self._chain(rest, hedged=False)
            async with _tasks(self._chain(rest, hedged=False)) as (other,):
                first = await _first(one, other)
                if first is other and not one.done():
                    keys = self._keys(name)
                    call = Call(self._tenant.tenant, name, keys, keys[0], began)
                    await self._breakers.lost(call, usual)
                return first.result()

    async def _ask(self, name: str, *, more: bool = False, probing: bool = False) -> Answered:
        """Asks one model with its keys in turn, until one answers or the failure is not the key's."""
        failed = ModelFailed(Failure.BUSY, "all_resting")
        tried: list[str] = []
        keys, tenant = self._keys(name), self._tenant.tenant
        while (key := self._pick(name, tried)) is not None:
            tried.append(key)
            due = self._breakers.is_due(tenant, name, key)
            seconds = self._probe_seconds(name, key) if probing else self._seconds(name, more)
            if due and not await self._breakers.claim(tenant, name, key, seconds):
                continue
            call = Call(tenant, name, keys, key, self._means.clock.now())
            try:
                return await self._attempt(call, seconds)
            except ModelFailed as error:
                failed = error
                if error.failure not in outages.OF_KEY:
                    break
        raise failed

    async def _attempt(self, call: Call, seconds: float) -> Answered:
        """Makes one call, counts it, and tells the breakers. Raises ModelFailed."""
        if seconds < LEAST:
            raise ModelFailed(Failure.BAD_REQUEST, "no_time")
        self._asked += 1
        place, entry = Place(call.entry, call.key), self._entries[call.entry]
        began, completion = self._loop.time(), None
        try:
            with tracing.span(f"provider {call.entry}", "client"):
                completion = await self._completed(entry, place, seconds)
            self._job.check(completion)
        except (ModelFailed, Retry, ConfigurationError, TimeoutError) as error:
            failed = _as_failure(error)
            took = self._loop.time() - began
            self.cost += self._means.calls.failed(self._tenant, self._job, place, completion, failed, took)
            await self._breakers.failed(call, failed, self._usual(call.entry))
            raise failed from failed.__cause__
        took = self._loop.time() - began
        self._means.latencies.learn(took, call.tenant, call.entry, self._job.task)
        self.cost += self._means.calls.answered(self._tenant, self._job, place, completion, took)
        await self._breakers.succeeded(call)
        return Answered(completion, place)

    async def _completed(self, entry: ModelEntry, place: Place, seconds: float) -> Completion:
        key = "" if place.key == outages.KEYLESS else place.key
        async with asyncio.timeout(seconds):
            return await self._job.ask(self._means.directory.model(entry, key), place)

    def _keys(self, name: str) -> list[str]:
        return self._entries[name].keys or [outages.KEYLESS]

    def _pick(self, name: str, tried: Sequence[str]) -> str | None:
        """Returns the key to use next: the one that made the request's tool calls, then all in turn."""
        maker, tenant = self._job.maker, self._tenant.tenant
        own = maker.key if maker and maker.entry == name and not tried else None
        if own in self._keys(name) and own and self._breakers.state(tenant, name, [own]) == "ready":
            return own
        return self._breakers.pick(tenant, name, self._keys(name), tried)

    def _usual(self, name: str) -> float | None:
        known = self._means.latencies.usual(self._tenant.tenant, name, self._job.task)
        return known if known is not None else self._breakers.usual(self._tenant.tenant, name)

    def _seconds(self, name: str, more: bool) -> float:
        """Returns the time (s) for an attempt; `more` is whether another model may follow."""
        left = self._deadline - self._loop.time()
        if not more:
            return left
        most = left / 2 if self._asked else min(self._answers.first_seconds, left - min(USEFUL, left / 2))
        usual = self._usual(name)
        return most if usual is None else min(most, patience(usual))

    def _probe_seconds(self, name: str, key: str) -> float:
        """Returns the time (s) for a probe beside other models, for which an answer may wait."""
        usual, most = self._usual(name), self._answers.first_seconds
        if usual is None:
            known = [each for other in self._entries if (each := self._usual(other)) is not None]
            long = self._breakers.probes(self._tenant.tenant, name, key) % _LONG == _LONG - 1
            seconds = most if long else patience(min(known)) if known else _PROBE
        else:
            seconds = patience(usual)
        return min(seconds, most, self._deadline - self._loop.time())


def _ordered(entries: Mapping[str, ModelEntry], job: Job) -> Mapping[str, ModelEntry]:
    """Returns the entries, the one that made the request's tool calls first; one if no other may answer."""
    first = [job.maker.entry] if job.maker and job.maker.entry in entries else []
    order = list(dict.fromkeys([*first, *entries]))
    return {name: entries[name] for name in (order[:1] if job.alone else order)}


def _as_failure(error: Exception) -> ModelFailed:
    """Returns the failure that an error of a call means."""
    if isinstance(error, ModelFailed):
        return error
    if isinstance(error, Retry):
        return ModelFailed(Failure.BUSY, error.reason, after=error.after)
    if isinstance(error, ConfigurationError):
        refused = ModelFailed(Failure.REFUSED_KEY, "misconfigured")
        refused.__cause__ = error
        return refused
    return ModelFailed(Failure.BUSY, "too_slow")


@asynccontextmanager
async def _tasks(*work: Coroutine[Any, Any, Answered]) -> AsyncIterator[tuple[_Task, ...]]:
    """Runs work beside the block; cancels the rest of it when the block ends."""
    tasks = tuple(asyncio.create_task(each) for each in work)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _first(*tasks: _Task) -> _Task:
    """Returns the task that answered first, or that failed last if all did. Raises the error of a bug."""
    left = set(tasks)
    while True:
        done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
        for task in sorted(done, key=tasks.index):
            _raise_bug(task)
            if task.exception() is None:
                return task
        if not left:
            return done.pop()


def _raise_bug(task: _Task) -> None:
    """Raises the error of a task if it is none of a model's."""
    error = task.exception()
    if error is not None and not isinstance(error, ModelFailed):
        raise error
