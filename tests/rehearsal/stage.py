"""The stage of a rehearsal: two deployments on one pair of emulators, and people at one gateway."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from scripts.local import emulated, seed
from scripts.local.clock import RunClock
from scripts.local.emulators import Emulators
from tests.rehearsal.deployment import Deployment
from tests.rehearsal.people import Gateway, People

#: Rounds of the schedules after a resume, and the time between two: open messages are due by then.
_ROUNDS, _BETWEEN = 3, timedelta(minutes=3)


@dataclass
class Result:
    """What came of a rehearsal; `steps` are its lines: the step, messages written and answers sent so far.

    `told` is the number of texts to each member of staff, `paused` that of calls to the gateway in a pause.
    """

    lost: int = 0
    doubled: int = 0
    paused: int = 0
    told: list[int] = field(default_factory=list)
    steps: list[tuple[str, int, int]] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"{'step':60} {'written':>8} {'answered':>9}"]
        lines += [f"{step:60} {written:8} {sent:9}" for step, written, sent in self.steps]
        return "\n".join([*lines, f"lost {self.lost}, doubled {self.doubled}, sent in a pause {self.paused}"])


@dataclass
class Stage:
    """Two deployments, of which the old one is registered at the gateway when a rehearsal begins."""

    old: Deployment
    new: Deployment
    gateway: Gateway
    clock: RunClock
    result: Result = field(default_factory=Result)

    def __post_init__(self) -> None:
        self.people = People(self.gateway)

    async def note(self, step: str) -> None:
        """Adds a line to the result."""
        received = await self.gateway.received()
        sent = sum(received[who] for who in self.people.expected)
        self.result.steps.append((step, sum(self.people.expected.values()), sent))

    async def work(self) -> None:
        """Runs the schedules of both deployments, as the cloud does, until all that was open is done."""
        for _ in range(_ROUNDS):
            self.clock.move(self.clock.now() + _BETWEEN)
            await self.old.tick()
            await self.new.tick()

    async def audited(self) -> Result:
        """Counts what people got, and begins a new count."""
        done, self.result = self.result, Result()
        done.lost, done.doubled = await self.people.lost(), await self.people.doubled()
        self.people = People(self.gateway)
        return done


@contextmanager
def _set(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables for as long as the block runs."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@asynccontextmanager
async def stage(emulators: Emulators, folder: Path) -> AsyncIterator[Stage]:
    """Starts all of it, with the demo tenant in the old deployment; the new one is empty."""
    gateway, clock = Gateway(), RunClock(folder / "clock")
    with (
        emulators.running() as hosts,
        tempfile.TemporaryDirectory() as exports,
        _set(emulated.environment(hosts, folder) | seed.secrets(gateway.files, {})),
    ):
        old, new = (
            Deployment(f"rehearsal-{name}", hosts, folder, Path(exports), clock) for name in ("old", "new")
        )
        await seed.write(old.store, gateway.files)
        async with (
            old.running(folder / "clock"),
            new.running(folder / "clock"),
            gateway.running(folder, old.store, clock, old.url),
        ):
            yield Stage(old, new, gateway, clock)
