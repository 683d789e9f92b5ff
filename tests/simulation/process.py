"""One instance of a function: the real core on simulated ports, and the work under way in it.

A process can be killed at any effect. The cleanup of its tasks (`finally`, `except`) then has no effect: each
port first checks that the process is alive. A call in flight may arrive all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from shared import channels, llm, notifiers, records, sources
from shared.errors import Retry
from shared.platform import logs
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.endpoint import Topics
from shared.platform.store import AlreadyExists, Conflict
from shared.tenants import plugins
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports
from tests.parts import WIRES
from tests.simulation.memory import MemoryStore
from tests.simulation.model import SimulatedModel
from tests.simulation.pager import PagerNotifier
from tests.simulation.plain import PlainChannel
from tests.simulation.services.source import SchoolRecords
from tests.simulation.waha import WahaHttp

if TYPE_CHECKING:
    from tests.simulation.world import World

A = TypeVar("A")

#: Time of the running task's last commit to the store, at which it decided its next step.
COMMITTED: ContextVar[float] = ContextVar("committed", default=0.0)
#: Deadline (s) of the store, as a real adapter has.
_STORE_DEADLINE = 10.0
#: Share of calls that take time; the others complete at once.
_TAKES_TIME = 0.3


class Killed(BaseException):
    """The process was killed. A BaseException, so that `except Exception` does not catch it."""


class Process:
    def __init__(self, world: World, function: str, number: int) -> None:
        self.world, self.function, self.name = world, function, f"{function}-{number}"
        self.alive = True
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self.line = Line(self)
        #: Parts of the function; those of `reply` and `deliver` say which topics drive them.
        self.parts = self._parts()
        self._topics: Topics = getattr(self.parts, "topics", {})

    def run(self, work: Coroutine[Any, Any, A], ended: Callable[[asyncio.Task[A]], None]) -> None:
        """Starts a request; `ended` is called with its task."""

        def done(task: asyncio.Task[A]) -> None:
            self._tasks.pop(task, None)
            ended(task)

        task = self.world.loop.create_task(work)
        self._tasks[task] = None
        task.add_done_callback(done)

    def kill(self) -> None:
        self.alive = False
        self.world.journal.note("killed", process=self.name)
        for task in self._tasks:
            task.cancel()
        self.world.restart(self)

    def check(self) -> None:
        if not self.alive:
            raise Killed

    def maybe_crash(self, kind: str) -> None:
        self.check()
        if self.world.faults.strikes(kind):
            self.kill()
            raise Killed

    def handler(self, topic: str, data: bytes) -> Coroutine[Any, Any, None]:
        """Returns the handling of an event by the function of this topic, as in functions/*/main.py."""
        logs.begin()
        events, handle = self._topics[topic]
        return handle(events.validate_json(data))  # type: ignore[return-value]

    def _parts(self) -> Any:
        world = self.world
        ports = Ports(
            store=MemoryStore(world.documents, self.line),
            bus=ProcessBus(self),
            secrets=LocalSecrets(),
            blobs=ObjectStoreBlobs("folder:unused"),
            http=WahaHttp(self),
            clock=world.clock_of(self.function),
            ids=world.ids,
        )
        self.ports = ports
        directory = Directory(ports.store, ports.secrets, ports.http, ports.clock, self, world.ORIGIN)
        return WIRES[self.function](ports, directory)

    # The plugin files of a simulated process.

    def channel(self, kind: str, connection: channels.Connection) -> channels.Channel:
        if kind == "plain":
            return PlainChannel(self, connection)
        return plugins.channel(kind, connection)

    def gateway(self, kind: str, connection: channels.Connection, address: str) -> channels.Gateway | None:
        return None

    def model(self, kind: str, connection: llm.Connection) -> llm.Model:
        return SimulatedModel(self.world, kind)

    def source(self, kind: str, connection: sources.Connection) -> sources.Fetcher:
        return plugins.source(kind, connection)

    def record_source(self, kind: str, connection: records.Connection) -> records.Records:
        return SchoolRecords(self)

    def notifier(self, kind: str, connection: notifiers.Connection) -> notifiers.Notifier:
        return PagerNotifier(self, self.world.mailbox if kind == "email" else self.world.pager)

    def answers(self, kind: str, connection: notifiers.Connection) -> notifiers.Answers | None:
        return None


class Line:
    """Link of one process to its ports: latency, faults, and a crash before or after."""

    def __init__(self, process: Process) -> None:
        self.process, self.world = process, process.world

    async def read(self, apply: Callable[[], A]) -> A:
        self.process.check()
        if takes := self._latency("store_slow"):
            await self.world.loop.sleep(takes)
            self.process.check()
        if self.world.faults.strikes("store_refused"):
            raise Retry("store_refused")
        return apply()

    async def commit(self, apply: Callable[[], A]) -> A:
        return await self.effect("store", apply)

    def contended(self) -> bool:
        return self.world.faults.strikes("store_contention")

    async def pause(self, attempt: int) -> None:
        self.world.faults.counts["contention_met"] += 1
        await self.world.loop.sleep(self.world.random.uniform(0, min(0.5, 0.02 * 2**attempt)))

    async def effect(self, where: str, apply: Callable[[], A]) -> A:
        """Performs a lasting effect (`where` is `store` or `publish`) at most once.

        The caller may not get the answer.
        """
        strikes, loop = self.world.faults.strikes, self.world.loop
        await self.send(apply)
        if strikes(f"{where}_refused"):
            raise Retry(f"{where}_refused")
        if where == "store" and strikes("store_late"):
            loop.after(self.world.random.uniform(0.1, 20), _quietly, apply)
            raise Retry("store_deadline")
        result = apply()
        if where == "store":
            COMMITTED.set(loop.now)
        self.process.maybe_crash("crash_after")
        if strikes(f"{where}_answer_lost"):
            raise Retry(f"{where}_answer_lost")
        if takes := self._latency(f"{where}_slow"):
            await loop.sleep(takes)
            self.process.check()
        return result

    async def send(self, apply: Callable[[], object]) -> None:
        """Sends a call; if the sender is killed in flight, the call may still arrive."""
        self.process.maybe_crash("crash_before")
        if self.world.faults.strikes("crash_in_flight"):
            self.world.loop.after(self.world.random.random() * 3, _quietly, apply)
            self.process.kill()
            raise Killed
        if takes := self._latency(""):
            await self.world.loop.sleep(takes)
            self.process.check()

    def _latency(self, slow: str) -> float:
        """Returns the latency (s) of one call."""
        random = self.world.random
        if slow == "store_slow" and self.world.faults.strikes(slow):
            return random.uniform(0.5, _STORE_DEADLINE)
        return random.random() * 0.04 if random.random() < _TAKES_TIME else 0.0


class ProcessBus:
    """The bus port of one process."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def publish(self, topic: str, data: bytes, *, attributes: Mapping[str, str], key: str = "") -> str:
        bus = self._process.world.bus
        return await self._process.line.effect("publish", lambda: bus.publish(topic, data))

    async def reach(self) -> None: ...


class LocalSecrets:
    async def get(self, name: str) -> str:
        return "local-secret"

    async def others(self, name: str) -> list[str]:
        return []


def _quietly(apply: Callable[[], object]) -> None:
    """Applies a call whose caller is gone or was told that it failed; ignores conflicts."""
    with suppress(AlreadyExists, Conflict):
        apply()
