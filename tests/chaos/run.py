"""One chaos run: starts the concierge, lets people write during faults, waits until all is done, audits."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from scripts import manifest, tenant_file
from scripts.local import emulated
from shared.errors import Retry
from shared.platform.store import Store
from tests.chaos.auditor import Documents, audit, delivered, is_unfinished
from tests.chaos.faults import FaultInjector
from tests.chaos.street import TENANT, Act, People

#: Parallel instances of each function, as in the cloud.
INSTANCES = 2
#: The scheduler's minute, shortened (s), so that a run of minutes covers hours.
_SWEEP_EVERY = 10.0
_START_DEADLINE = 120.0
#: An event that failed nine times while processes were killed is retried after four, then five minutes.
_DRAIN_DEADLINE = 900.0
#: Time (s) without work after which a run counts as drained: late repeats may still come.
_CALM = 10.0
_POLL_EVERY = 3.0
_READS = 10


@dataclass
class LogReader:
    """Reads the functions' logs: when each message was handled, and the exceptions."""

    committed: dict[str, float] = field(default_factory=dict)
    bugs: Counter[str] = field(default_factory=Counter)

    def note(self, line: Mapping[str, Any]) -> None:
        if line.get("event") == "failed":
            self.bugs[
                f"{line.get('function')}: {line.get('error')} at {(line.get('where') or ['?'])[-1]}"
            ] += 1
        if line.get("event") == "handled" and line.get("function") == "reply" and line.get("status") == 204:
            at = datetime.fromisoformat(str(line["time"])).timestamp()
            self.committed.setdefault(str(line.get("message", "")), at)


@dataclass(frozen=True)
class Result:
    """Content of `build/chaos.json`."""

    seed: int
    messages: int
    staff_messages: int
    people: int
    kills: dict[str, int]
    faults: dict[str, int]
    outcomes: dict[str, int]
    sends: dict[str, int]
    gateway_calls: int
    dead_letters: int
    bugs: dict[str, int]
    lost: list[str]
    duplicated: list[str]
    bot_after_human: list[str]
    out_of_order: list[str]
    stuck: list[str]
    storm_seconds: float
    drain_seconds: float


async def run(*, messages: int, kills: int, seconds: float, seed: int) -> Result:
    """Runs the test; the result names unfinished work. Raises TimeoutError if the start takes too long."""
    reader = LogReader()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        async with _concierge(Path(folder), reader) as (app, client):
            dice = random.Random(seed)  # noqa: S311 - chaos, not secrets
            people = People(client, random.Random(dice.random()), _questions())  # noqa: S311
            injector = FaultInjector(client, random.Random(dice.random()), app.state.processes)  # noqa: S311
            sweeping = asyncio.create_task(_sweep(app.state.processes["maintenance"].url))
            began = time.monotonic()
            await asyncio.gather(people.live(messages, seconds), injector.run(kills, seconds))
            calm = time.monotonic()
            await _drain(app.state.store, people.acts)
            drained = time.monotonic()
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            calls = (await client.get("/_sim/outbox", params={"since": 0})).json()["calls"]
            docs = await _documents(app.state.store)
    return _result(seed, people.acts, injector, reader, calls, docs, calm - began, drained - calm)


def _result(
    seed: int,
    acts: list[Act],
    injector: FaultInjector,
    reader: LogReader,
    calls: list[dict[str, Any]],
    docs: Documents,
    storm_seconds: float,
    drain_seconds: float,
) -> Result:
    return Result(
        seed=seed,
        messages=sum(not act.staff for act in acts),
        staff_messages=sum(act.staff for act in acts),
        people=len({act.person for act in acts}),
        kills=dict(injector.kills),
        faults=dict(injector.faults),
        outcomes=dict(Counter(str(message.outcome) for message in docs.inbound.values())),
        sends=dict(delivered(docs)),
        gateway_calls=len(calls),
        dead_letters=len(docs.dead_letters),
        bugs=dict(reader.bugs),
        storm_seconds=round(storm_seconds, 1),
        drain_seconds=round(drain_seconds, 1),
        **asdict(audit(acts, calls, reader.committed, docs)),
    )


@asynccontextmanager
async def _concierge(folder: Path, reader: LogReader) -> AsyncIterator[tuple[Starlette, httpx.AsyncClient]]:
    """Serves the local run on the emulators, in this process except for its functions."""
    # The framework's own settings. Its server would report each instance that we kill.
    os.environ |= {"WORKERS": str(INSTANCES), "GUNICORN_LOG_LEVEL": "critical"}
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = emulated.create(manifest.load(), origin, folder, reader.note)
        # A killed caller leaves an error for each call it had begun: these are expected.
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=3))
        serving = asyncio.create_task(server.serve([listening]))
        try:
            async with asyncio.timeout(_START_DEADLINE):
                while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
                    await asyncio.sleep(0.1)
            async with httpx.AsyncClient(base_url=origin, timeout=60, trust_env=False) as client:
                yield app, client
        finally:
            server.should_exit = True
            await serving


async def _sweep(url: str) -> None:
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        while True:
            await asyncio.sleep(_SWEEP_EVERY)
            try:
                await client.post(url)
            except httpx.TransportError:
                continue  # killed: the next tick retries


async def _drain(store: Store, acts: Sequence[Act]) -> None:
    """Returns once no work has been left for a while, or at the deadline."""
    deadline, quiet_since = time.monotonic() + _DRAIN_DEADLINE, None
    while time.monotonic() < deadline:
        try:
            unfinished = await is_unfinished(store, acts)
        except Retry:  # the emulator is still busy
            unfinished = True
        now = time.monotonic()
        quiet_since = None if unfinished else quiet_since or now
        if quiet_since and now - quiet_since >= _CALM:
            return
        await asyncio.sleep(_POLL_EVERY)


async def _documents(store: Store) -> Documents:
    """Returns all documents; retries while the emulator is busy. Raises Retry if it stays busy."""
    for _ in range(_READS):
        try:
            return await Documents.read(store)
        except Retry:
            await asyncio.sleep(_POLL_EVERY)
    return await Documents.read(store)


def _questions() -> list[str]:
    """Returns questions that the tenant's knowledge answers, in its own words."""
    file = tenant_file.load(tenant_file.DEMO / f"{TENANT}.yaml")
    wordings = [entry.wordings["en"] for entry in file.knowledge if "en" in entry.wordings]
    return [wording.questions[0] for wording in wordings]
