"""A deployment on the emulators: its own project, its functions over HTTP, its schedules by hand."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from scripts import manifest
from scripts.local import embedded, emulated, topics
from scripts.local.clock import RunClock
from scripts.local.emulators import Hosts
from scripts.local.leash import leashed
from scripts.local.process import free_port
from scripts.pause import in_force
from scripts.yaml_file import ROOT
from shared.platform.bus.pubsub import PubSubBus
from shared.platform.bus.pusher import Pusher
from shared.platform.bus.sqlite import Queue, SqliteBus
from shared.platform.store.firestore import FirestoreStore
from shared.upkeep.pausing import Pausing
from shared.upkeep.settling import Settling

_START_DEADLINE_S, _IDLE_DEADLINE_S, _LOOK_S = 60.0, 20.0, 0.05


@dataclass
class Deployment:
    """One project on the emulators. `clock` is the time of all deployments; `exports` is the bucket."""

    project: str
    hosts: Hosts
    folder: Path
    exports: Path
    clock: RunClock

    def __post_init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.store, self.bus = FirestoreStore(self.project), PubSubBus(self.project)
        self.pausing = Pausing(self.store, self.clock)
        self.settling = Settling(self.store, self.clock)
        self._queue = self.folder / f"{self.project}.db"
        self.http = httpx.AsyncClient(timeout=60, trust_env=False)

    @asynccontextmanager
    async def running(self, clock: Path) -> AsyncIterator[None]:
        """Runs its functions, and pushes its messages to them, for as long as the block runs."""
        described = manifest.load()
        await asyncio.to_thread(topics.create, described.topics, self.project)
        process = await self._started(clock)
        pusher = Pusher(self._queue, embedded.subscriptions(described, self.url))
        queue = SqliteBus(self._queue)
        carries = [topics.carry(topic, self.project, queue) for topic in described.topics]
        tasks = [asyncio.create_task(work) for work in (pusher.run(), *carries)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            await self.http.aclose()

    async def _started(self, clock: Path) -> asyncio.subprocess.Process:
        log = (self.folder / f"{self.project}.log").open("wb")
        process = await asyncio.create_subprocess_exec(
            *leashed(sys.executable, "-m", "tests.rehearsal.serve", str(self.port)),
            env={**os.environ, **self._environment(clock)},
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        async with asyncio.timeout(_START_DEADLINE_S):
            while not await self._answers():  # noqa: ASYNC110 - the process has no event for it
                await asyncio.sleep(_LOOK_S)
        return process

    def _environment(self, clock: Path) -> Mapping[str, str]:
        return emulated.environment(self.hosts, self.folder) | {
            "CONCIERGE_STORE": f"firestore:{self.project}",
            "CONCIERGE_BUS": f"pubsub:{self.project}",
            "CONCIERGE_ORIGIN": self.url,
            "CONCIERGE_CLOCK": f"shifted:{clock}",
            "CONCIERGE_EMBEDDINGS": "off",
            "CONCIERGE_TRACES": "off",
            "CONCIERGE_WAKE_AHEAD": "off",
        }

    async def _answers(self) -> bool:
        try:
            return (await self.http.get(f"{self.url}/webhook/")).status_code > 0
        except httpx.TransportError:
            return False

    async def pause(self, why: str) -> None:
        """Pauses it as `make pause` does; the clock passes the wait until that is in force."""
        await self.pausing.pause(why)
        self.clock.move(self.clock.now() + in_force())
        await self.idle()

    async def resume(self) -> None:
        await self.pausing.resume()
        self.clock.move(self.clock.now() + in_force())

    async def tick(self) -> None:
        """Calls the schedules once, as Cloud Scheduler does, and waits for what follows."""
        for path in ("maintenance/", "handoff/due", "triggers/due", "knowledge/due"):
            (await self.http.post(f"{self.url}/{path}")).raise_for_status()
        await self.idle()

    async def idle(self) -> None:
        """Returns when no message is under way to its functions: those that are retried do not count."""
        calm = 0
        async with asyncio.timeout(_IDLE_DEADLINE_S):
            while calm < 6:
                await asyncio.sleep(_LOOK_S)
                calm = 0 if Queue(self._queue).waits(time.time()) else calm + 1

    async def register(self, tenant: str, channel: str) -> None:
        """Has the channel's gateway post to this deployment, by its own function."""
        (await self.http.post(f"{self.url}/gateways/{tenant}/{channel}/register")).raise_for_status()

    async def export(self, name: str) -> Path:
        """Exports the database; returns the export's file."""
        body = {"database": self._database(), "export_directory": str(self.exports), "export_name": name}
        await self._admin("export", body)
        return self.exports / name / f"{name}.overall_export_metadata"

    async def load(self, export: Path) -> None:
        """Imports an export: it replaces documents of the same name, and leaves all others."""
        await self._admin("import", {"database": self._database(), "export_directory": str(export)})

    async def _admin(self, what: str, body: Mapping[str, str]) -> None:
        place = f"http://{self.hosts.firestore}/emulator/v1/projects/{self.project}:{what}"
        (await self.http.post(place, json=body)).raise_for_status()

    def _database(self) -> str:
        return f"projects/{self.project}/databases/(default)"
