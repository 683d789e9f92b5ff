"""Scripted models, and instances with routers of their own on one store, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from shared import llm
from shared.llm import Completion, Failure, ModelFailed, Request, Text, Usage
from shared.models.tenant import Tenant
from shared.platform.http_httpx import HttpxHttp
from shared.platform.store.sqlite import SqliteStore
from shared.routing import Routed, Router
from shared.tenants.directory import Directory
from tests.simulation.clock import VirtualClock
from tests.simulation.loop import VirtualLoop
from tests.world import FakePlugins

T = TypeVar("T")
#: Returns the model's answer to a call, or raises its failure.
Behaviour = Callable[[Request], Awaitable[Completion]]
ASK = Request("Answer.", [llm.Message("person", [Text("When?")])])
#: Tokens of each answer: with the prices of `claude-haiku-4-5`, a cent.
USED = Usage(input=5_000, output=1_000)
MODEL = "claude-haiku-4-5"
CENT = 0.01


def answers(seconds: float = 0.3, text: str = "At nine.", **more: Any) -> Behaviour:
    async def behave(_: Request) -> Completion:
        await asyncio.sleep(seconds)
        return Completion([Text(text)], "done", USED, MODEL, **more)

    return behave


def fails(failure: Failure, after: float | None = None, seconds: float = 0.1) -> Behaviour:
    async def behave(_: Request) -> Completion:
        await asyncio.sleep(seconds)
        raise ModelFailed(failure, f"scripted_{failure}", after=after)

    return behave


async def hangs(_: Request) -> Completion:
    await asyncio.sleep(3_600)
    raise AssertionError("nobody waits so long")


@dataclass
class Call:
    """A call that a model got: when (s, in virtual time), which model and which key."""

    at: float
    model: str
    key: str
    request: Request
    cancelled: bool = False


class _Secrets:
    """Each secret's value is its name."""

    async def get(self, name: str) -> str:
        return name

    async def others(self, name: str) -> list[str]:
        return []


@dataclass
class _Scripted:
    world: Models
    connection: llm.Connection

    async def complete(self, request: Request) -> Completion:
        key = await self.connection.key() or ""
        name = self.connection.model
        call = Call(self.world.loop.time(), name, key, request)
        self.world.calls.append(call)
        behave = self.world.behaviours.get(f"{name}/{key}") or self.world.behaviours[name]
        try:
            return await behave(request)
        except asyncio.CancelledError:
            call.cancelled = True
            raise


@dataclass
class Models(FakePlugins):
    """Models by name (`first`), or by name and key (`first/key-a`); they can change at any time."""

    loop: VirtualLoop = field(default_factory=lambda: VirtualLoop(Random(7)))  # noqa: S311
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def model(self, kind: str, connection: llm.Connection) -> llm.Model:
        return _Scripted(self, connection)

    def of(self, name: str, since: float = 0.0) -> list[Call]:
        return [call for call in self.calls if call.model == name and call.at >= since]


class _Ids:
    def __init__(self) -> None:
        self.last = 0

    def new(self, prefix: str) -> str:
        self.last += 1
        return f"{prefix}-{self.last}"

    def token(self) -> str:
        self.last += 1
        return f"{self.last:040x}"


class World:
    """A store, a virtual clock, scripted models, and as many instances as a test makes."""

    def __init__(self, folder: Path) -> None:
        self.models = Models(None)  # type: ignore[arg-type]
        self.loop, self.clock = self.models.loop, VirtualClock(self.models.loop)
        self.store, self.ids = SqliteStore(folder / "store.db"), _Ids()
        self.script = self.models.behaviours

    def run(self, work: Awaitable[T]) -> T:
        asyncio.set_event_loop(self.loop)
        try:
            return self.loop.run_until_complete(work)
        finally:
            asyncio.set_event_loop(None)

    def instance(self, store: Any = None) -> Router:
        """Returns the router of a further instance."""
        store = store or self.store
        directory = Directory(store, _Secrets(), HttpxHttp(), self.clock, self.models)
        return Router(store, self.clock, self.ids, directory)

    async def ask(self, router: Router, tenant: Tenant, **more: Any) -> tuple[Routed, float]:
        """Returns an answer and how long it took (s)."""
        began = self.loop.time()
        routed = await router.complete(tenant, "answer", ASK, **more)
        return routed, self.loop.time() - began


def tenant(models: Mapping[str, list[str]] | None = None, **answers: Any) -> Tenant:
    """Returns a tenant with models by name, each with its keys."""
    models = models or {"first": ["key-a"], "second": ["key-b"]}
    entries = {name: {"format": "gemini", "model": name, "keys": keys} for name, keys in models.items()}
    return Tenant.model_validate(
        {
            "tenant": "hotel",
            "name": "Hotel",
            "languages": ["en"],
            "answers": {"models": entries, **answers},
            "timezone": answers.pop("timezone", "UTC"),
        }
    )
