"""One run: the concierge comes up, people write into the storm, it calms down, everything drains, we look."""

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
from tests.chaos.storm import Storm
from tests.chaos.street import TENANT, Act, Street

#: Of each function, side by side, as the cloud starts them.
INSTANCES = 2
#: The scheduler's minute, shortened: a run of minutes then shows what hours would.
_SWEEP_EVERY = 10.0
_START_DEADLINE = 120.0
#: What failed nine times while processes died waits for four minutes, then for five, as in the cloud.
_DRAIN_DEADLINE = 900.0
#: Once nothing is left to do, how long it has to stay so: late repeats may still come.
_CALM = 10.0
_LOOK_EVERY = 3.0
_READS = 10


@dataclass
class Witness:
    """What the functions' logs tell: when a message was handled, and what broke."""

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
    """What `build/chaos.json` holds."""

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
    """Raises TimeoutError where the concierge does not come up; what does not drain is in the result."""
    witness = Witness()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        async with _concierge(Path(folder), witness) as (app, client):
            dice = random.Random(seed)  # noqa: S311 - chaos, not secrets
            street = Street(client, random.Random(dice.random()), _questions())  # noqa: S311
            storm = Storm(client, random.Random(dice.random()), app.state.processes)  # noqa: S311
            sweeping = asyncio.create_task(_sweep(app.state.processes["maintenance"].url))
            began = time.monotonic()
            await asyncio.gather(street.live(messages, seconds), storm.rage(kills, seconds))
            calm = time.monotonic()
            await _drain(app.state.store, street.acts)
            drained = time.monotonic()
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
            calls = (await client.get("/_sim/outbox", params={"since": 0})).json()["calls"]
            docs = await _documents(app.state.store)
    return _result(seed, street.acts, storm, witness, calls, docs, calm - began, drained - calm)


def _result(
    seed: int,
    acts: list[Act],
    storm: Storm,
    witness: Witness,
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
        kills=dict(storm.kills),
        faults=dict(storm.faults),
        outcomes=dict(Counter(str(message.outcome) for message in docs.inbound.values())),
        sends=dict(delivered(docs)),
        gateway_calls=len(calls),
        dead_letters=len(docs.dead_letters),
        bugs=dict(witness.bugs),
        storm_seconds=round(storm_seconds, 1),
        drain_seconds=round(drain_seconds, 1),
        **asdict(audit(acts, calls, witness.committed, docs)),
    )


@asynccontextmanager
async def _concierge(folder: Path, witness: Witness) -> AsyncIterator[tuple[Starlette, httpx.AsyncClient]]:
    """The local run on the emulators, in this process but for its functions."""
    # The framework's own settings. Its server would report each instance that we kill.
    os.environ |= {"WORKERS": str(INSTANCES), "GUNICORN_LOG_LEVEL": "critical"}
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        app = emulated.create(manifest.load(), origin, folder, witness.note)
        # A caller that is killed leaves an error behind with each call that it had begun: those are not news.
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=3))
        serving = asyncio.create_task(server.serve([listening]))
        try:
            async with asyncio.timeout(_START_DEADLINE):
                while not server.started and not serving.done():  # noqa: ASYNC110 - it tells nobody
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
                continue  # it was killed: the next tick comes


async def _drain(store: Store, acts: Sequence[Act]) -> None:
    """Returns once nothing has been left to do for a while, or at the deadline."""
    deadline, quiet_since = time.monotonic() + _DRAIN_DEADLINE, None
    while time.monotonic() < deadline:
        try:
            unfinished = await is_unfinished(store, acts)
        except Retry:  # the emulator is busy with what is left
            unfinished = True
        now = time.monotonic()
        quiet_since = None if unfinished else quiet_since or now
        if quiet_since and now - quiet_since >= _CALM:
            return
        await asyncio.sleep(_LOOK_EVERY)


async def _documents(store: Store) -> Documents:
    """All of them, with patience for an emulator that is still busy. Raises Retry where it stays so."""
    for _ in range(_READS):
        try:
            return await Documents.read(store)
        except Retry:
            await asyncio.sleep(_LOOK_EVERY)
    return await Documents.read(store)


def _questions() -> list[str]:
    """What people ask the tenant, in its own words."""
    file = tenant_file.load(tenant_file.FOLDER / f"{TENANT}.yaml")
    wordings = [entry.wordings["en"] for entry in file.knowledge if "en" in entry.wordings]
    return [wording.questions[0] for wording in wordings]
