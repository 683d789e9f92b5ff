"""Time that an ill first model adds to an answer: at the 95th percentile, against a healthy one.

Scripted models of usual latency behind the real router, on SQLite, from a cold start: the first is dead,
hangs, limits our rate, lies, or has no credit.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from pydantic import BaseModel

from scripts.bench.figures import Figure, at_most, percentile
from shared import llm
from shared.llm import Completion, Failure, ModelFailed, Request
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import RandomIds, SystemClock
from shared.platform.http_httpx import HttpxHttp
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.platform.store.sqlite import SqliteStore
from shared.routing import Router
from shared.tenants.directory import Directory

TURNS, AT_ONCE = 240, 4
#: Latency (s) of a model that works: a fast one's, so that the figure shows what failover adds.
_LEAST, _MOST = 0.15, 0.45
_TARGET = at_most(2)

Behaviour = Callable[[], Awaitable[Completion]]


class _Shape(BaseModel):
    answer: str


_REQUEST = Request("Answer.", [llm.Message("person", [llm.Text("When?")])], schema=_Shape)
_GOOD = Completion([llm.Text('{"answer": "At nine."}')], "done")


async def _well() -> Completion:
    await asyncio.sleep(_random.uniform(_LEAST, _MOST))
    return _GOOD


async def _hangs() -> Completion:
    await asyncio.sleep(3_600)
    return _GOOD


async def _lies() -> Completion:
    await asyncio.sleep(_LEAST)
    return Completion([llm.Text('{"answer": "At ni')], "done")


def _fails(failure: Failure, after: float | None = None) -> Behaviour:
    async def fail() -> Completion:
        await asyncio.sleep(0.05)
        raise ModelFailed(failure, "bench", after=after)

    return fail


_random = Random(16)  # noqa: S311 - latencies, the same in each run
ILL: Mapping[str, Behaviour] = {
    "dead": _fails(Failure.BUSY),
    "hanging": _hangs,
    "limited": _fails(Failure.RATE, after=20),
    "lying": _lies,
    "spent": _fails(Failure.SPENT),
}


@dataclass(frozen=True)
class _Model:
    behave: Behaviour

    async def complete(self, _: Request) -> Completion:
        return await self.behave()


class _Scripted:
    """Plugin files whose models do as their name says: `well`, or a key of ILL."""

    def model(self, _: str, connection: llm.Connection) -> llm.Model:
        return _Model(ILL.get(connection.model, _well))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


def measure(folder: Path) -> Iterator[Figure]:
    """Yields the added time of the worst illness."""
    logs.configure("critical")
    took = asyncio.run(_all(folder))
    healthy = percentile(took.pop("well"), 95)
    added = {ill: percentile(each, 95) - healthy for ill, each in took.items()}
    how = ", ".join(f"{ill} {seconds:+.2f}" for ill, seconds in added.items())
    note = f"{TURNS} turns each, healthy {healthy:.2f} s; {how}"
    yield Figure("failover_added_s", max(added.values()), target=_TARGET, note=note)


async def _all(folder: Path) -> dict[str, list[float]]:
    """Returns the times (s) of the answers with each first model."""
    kinds = ["well", *ILL]
    found = await asyncio.gather(*(_turns(folder / f"failover-{kind}.db", kind) for kind in kinds))
    return dict(zip(kinds, found, strict=True))


async def _turns(path: Path, kind: str) -> list[float]:
    clock, store = SystemClock(), SqliteStore(path)
    secrets = EnvironmentSecrets(None, os.environ)
    directory = Directory(store, secrets, HttpxHttp(), clock, _Scripted())
    router, tenant, took = Router(store, clock, RandomIds(), directory), _tenant(kind), list[float]()

    async def work() -> None:
        while len(took) < TURNS:
            began = time.perf_counter()
            routed = await router.complete(tenant, "answer", _REQUEST)
            assert routed.completion is _GOOD  # noqa: S101 - else the figure means nothing
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return took


def _tenant(kind: str) -> Tenant:
    models = {name: {"format": "scripted", "model": name} for name in (kind, "second")}
    fields = {"tenant": "bench", "name": "Bench", "languages": ["fr"], "answers": {"models": models}}
    return Tenant.model_validate(fields)
