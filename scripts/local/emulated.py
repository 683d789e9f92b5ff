"""`make run EMULATORS=1`: the local run on Google's Firestore and Pub/Sub emulators.

Each function is a process of its own, started with the functions framework's command as in the cloud. This
process pushes published messages to it (`topics.py` says why), and forwards `/<function>/…`. No state is
kept.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from scripts.local import console, embedded, models, people, seed, state, topics
from scripts.local.clock import Moves, RunClock
from scripts.local.due import next_due
from scripts.local.emulators import Emulators, Hosts
from scripts.local.front import FunctionRoute, Proxy
from scripts.local.process import FunctionProcess, free_port, running
from scripts.local.schedule import MINUTE, Schedules
from scripts.local.sim.app import create as simulation
from scripts.local.sim.journal import Journal
from scripts.local.sim.settings import SimSettings
from scripts.manifest import Manifest
from scripts.yaml_file import ROOT
from shared.contacts.writing import Writing
from shared.errors import ConfigurationError
from shared.platform import logs
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.bus.pusher import Pusher
from shared.platform.bus.sqlite import Queue, SqliteBus
from shared.platform.clock import RandomIds
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.platform.store.firestore import FirestoreStore
from shared.tenants.documents import TenantDocuments
from shared.wiring.ports import knowledge_embedder

HOW = "on Google's emulators, one process per function"
PROJECT = "concierge-local"
#: How long (s) a message may be on its way from a topic to the queue.
_CARRIED_S = 0.3

#: The settings with the place of the state.
_STATE_SETTINGS = ("CONCIERGE_STORE", "CONCIERGE_BUS", "FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST")


def environment(hosts: Hosts, folder: Path) -> dict[str, str]:
    """Returns the settings of a function's process beside its manifest entry. Received files lie in
    `folder`."""
    return {
        "CONCIERGE_STORE": f"firestore:{PROJECT}",
        "CONCIERGE_BUS": f"pubsub:{PROJECT}",
        "CONCIERGE_SECRETS": f"environment:{ROOT / '.env'}",
        "CONCIERGE_BLOBS": f"folder:{folder / 'media'}",
        "CONCIERGE_LOG_LEVEL": "info",
        "CONCIERGE_TRACES": os.environ.get("CONCIERGE_TRACES", "log"),
        "CONCIERGE_EMBEDDINGS": os.environ.get("CONCIERGE_EMBEDDINGS", "local"),
        "CONCIERGE_WAKE_AHEAD": "on",
        "FIRESTORE_EMULATOR_HOST": hosts.firestore,
        "PUBSUB_EMULATOR_HOST": hosts.pubsub,
        "FUNCTION_USE_ASGI": "true",
    }


def create(
    manifest: Manifest,
    origin: str,
    folder: Path,
    show: Callable[[Mapping[str, object]], None] = console.show,
    *,
    minute: float = MINUTE,
) -> Starlette:
    """Returns the app in front of the processes. `show` gets each log line, and a schedule's minute lasts
    `minute` seconds. After startup, its `state` holds the functions' `processes` by name and the `store`.
    Raises ConfigurationError if a file is wrong or no emulator is found."""
    emulators, mail_port = _prepared(folder), free_port()
    files, clock = seed.load(origin, mail_port=mail_port), RunClock(folder / "clock-emulated")
    models.choose(files, origin, os.environ.get("MODELS", ""))
    os.environ.update(seed.secrets(files, os.environ))
    os.environ["CONCIERGE_CLOCK"] = f"shifted:{folder / 'clock-emulated'}"
    journal, outer = Journal(lambda: clock.shift), Starlette()

    def note(line: Mapping[str, object]) -> None:
        journal.add(line)
        show(line)

    logs.configure("info", note)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            hosts = await asyncio.to_thread(stack.enter_context, emulators.running())
            store = await _seeded(environment(hosts, folder) | {"CONCIERGE_ORIGIN": origin}, files)
            await seed.set_pins(store, files, clock.now())
            await people.load(Writing(store, clock, RandomIds()), [each.tenant for each in files])
            processes = {name: FunctionProcess(name, free_port(), note) for name in manifest.functions}
            outer.state.processes, outer.state.store = processes, store
            topics.create(manifest.topics, PROJECT)
            await stack.enter_async_context(running(processes.values()))
            secrets = EnvironmentSecrets(None, os.environ)
            schedules = Schedules(manifest.functions.values(), lambda name: processes[name].url, minute)
            settings = SimSettings(
                store=store,
                calls_path=folder / "sim-emulated.db",
                origin=origin,
                tenants=files,
                secret=secrets.get,
                journal=journal,
                clock=clock,
                mail_port=mail_port,
                move=Moves(
                    clock, schedules.tick, Queue(folder / "bus-emulated.db"), next_due(store), _CARRIED_S
                ).to,
            )
            sim = simulation(settings)
            outer.router.routes[:] = _routes(manifest, processes, sim)
            await stack.enter_async_context(sim.router.lifespan_context(sim))
            await stack.enter_async_context(
                _running(_background(manifest, processes, folder, schedules, clock))
            )
            yield

    outer.router.lifespan_context = lifespan
    return outer


def _prepared(folder: Path) -> Emulators:
    """Returns the emulators, with the folder for the local state checked and emptied of their last run's."""
    emulators = Emulators.find()
    if emulators is None:
        raise ConfigurationError(
            "EMULATORS=1 needs the Cloud SDK's Firestore and Pub/Sub emulators, and Java"
        )
    state.folder(folder)
    state.folder(folder / "media")
    EnvironmentSecrets(ROOT / ".env", {}).check()
    # As empty as the emulators' own state.
    for name in ("sim-emulated.db", "bus-emulated.db", "clock-emulated"):
        state.delete(folder / name)
    return emulators


async def _seeded(settings: Mapping[str, str], files: Sequence[TenantDocuments]) -> FirestoreStore:
    """Sets the environment of the functions, and returns the emulator's store with the demo tenants."""
    os.environ.update(settings)
    console.settings({name: os.environ[name] for name in _STATE_SETTINGS})
    store = FirestoreStore(PROJECT)
    await seed.write(
        store,
        files,
        knowledge_embedder(settings["CONCIERGE_EMBEDDINGS"]),
        ObjectStoreBlobs(settings["CONCIERGE_BLOBS"]),
    )
    return store


def _routes(manifest: Manifest, processes: Mapping[str, FunctionProcess], sim: Starlette) -> list[BaseRoute]:
    functions = manifest.functions.items()
    proxies = [
        FunctionRoute(name, Proxy(processes[name].port, function.timeout_seconds))
        for name, function in functions
    ]
    return [*proxies, Mount("/", sim)]


def _background(
    manifest: Manifest,
    processes: Mapping[str, FunctionProcess],
    folder: Path,
    schedules: Schedules,
    clock: RunClock,
) -> list[Coroutine[object, object, None]]:
    """Returns the schedules, the pusher, and the transfer from the topics to the queue."""
    path = folder / "bus-emulated.db"
    subscriptions = [
        embedded.subscription(each, processes[each.function].url) for each in manifest.subscriptions()
    ]
    pusher, queue = Pusher(path, subscriptions, clock=clock), SqliteBus(path)
    return [
        schedules.run(),
        embedded.until_it_fails(pusher.run()),
        *(embedded.until_it_fails(topics.carry(topic, PROJECT, queue)) for topic in manifest.topics),
    ]


@asynccontextmanager
async def _running(work: Sequence[Coroutine[object, object, None]]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each) for each in work]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
