"""`make run`: functions, queue and simulation in one process, on SQLite files that survive a restart.

Each function is the functions framework's own ASGI app, served under its name; the queue pushes to it over
HTTP, as Pub/Sub does.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from functions_framework.aio import create_asgi_app
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

from scripts.local import console, models, people, seed, state
from scripts.local.clock import Moves, RunClock
from scripts.local.due import next_due
from scripts.local.front import FunctionRoute
from scripts.local.process import free_port
from scripts.local.schedule import MINUTE, Schedules
from scripts.local.sim.app import create as simulation
from scripts.local.sim.journal import Journal
from scripts.local.sim.settings import SimSettings
from scripts.local.vendors import database as simulated
from scripts.manifest import Manifest
from scripts.manifest import Subscription as Derived
from scripts.yaml_file import ROOT
from shared.contacts.writing import Writing
from shared.platform import logs
from shared.platform.bus.pusher import Pusher
from shared.platform.bus.sqlite import Queue, Subscription
from shared.platform.secrets.environment import EnvironmentSecrets
from shared.platform.store.sqlite import SqliteStore
from shared.wiring import knowledge
from shared.wiring.process import parts, surroundings

HOW = "embedded, in one process"
LOG_LEVEL = "info"


def environment(folder: Path) -> dict[str, str]:
    """Returns the settings of the functions, with their state in `folder`."""
    return {
        "CONCIERGE_STORE": f"sqlite:{folder / 'store.db'}",
        "CONCIERGE_BUS": f"sqlite:{folder / 'bus.db'}",
        "CONCIERGE_SECRETS": f"environment:{ROOT / '.env'}",
        "CONCIERGE_BLOBS": f"folder:{folder / 'media'}",
        "CONCIERGE_LOG_LEVEL": LOG_LEVEL,
        "CONCIERGE_TRACES": os.environ.get("CONCIERGE_TRACES", "log"),
        "CONCIERGE_EMBEDDINGS": os.environ.get("CONCIERGE_EMBEDDINGS", "local"),
        "CONCIERGE_CLOCK": f"shifted:{folder / 'clock'}",
        "CONCIERGE_WAKE_AHEAD": "off",  # one process: there is nothing to start
    }


def create(manifest: Manifest, origin: str, folder: Path, *, minute: float = MINUTE) -> Starlette:
    """Returns the app with the functions and the simulation; a schedule's minute lasts `minute` seconds.
    Raises ConfigurationError if a file or a setting is wrong."""
    state.folder(folder)
    state.folder(folder / "media")
    EnvironmentSecrets(ROOT / ".env", {}).check()
    state.database(folder / "store.db", lambda path: SqliteStore(path).open())
    state.database(folder / "bus.db", Queue)
    state.database(folder / "sim.db", simulated.connect)
    clock, mail_port = RunClock(folder / "clock"), free_port()
    files = seed.load(origin, mail_port=mail_port)
    models.choose(files, origin, os.environ.get("MODELS", ""))
    os.environ.update(environment(folder) | {"CONCIERGE_ORIGIN": origin} | seed.secrets(files, os.environ))
    (ports, _), journal = surroundings(), Journal(lambda: clock.shift)

    def note(line: Mapping[str, object]) -> None:
        journal.add(line)
        console.show(line)

    logs.configure(LOG_LEVEL, note)
    schedules = Schedules(manifest.functions.values(), lambda name: f"{origin}/{name}", minute)
    settings = SimSettings(
        store=ports.store,
        calls_path=folder / "sim.db",
        origin=origin,
        tenants=files,
        secret=ports.secrets.get,
        journal=journal,
        clock=clock,
        mail_port=mail_port,
        move=Moves(clock, schedules.tick, Queue(folder / "bus.db"), next_due(ports.store)).to,
    )
    sim = simulation(settings)
    pusher = Pusher(folder / "bus.db", subscriptions(manifest, origin), clock=clock)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await seed.write(ports.store, files, ports.knowledge_embedder, ports.blobs)
        await seed.set_pins(ports.store, files, clock.now())
        await people.load(Writing(ports.store, clock, ports.ids), [each.tenant for each in files])
        await parts(knowledge.wire).tick.run()  # new sources need not wait for the schedule
        async with sim.router.lifespan_context(sim):
            tasks = [asyncio.create_task(until_it_fails(pusher.run()))]
            tasks.append(asyncio.create_task(schedules.run()))
            yield
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    functions: list[BaseRoute] = [FunctionRoute(name, _function(name)) for name in manifest.functions]
    return Starlette(routes=[*functions, Mount("/", sim)], lifespan=lifespan)


def _function(name: str) -> ASGIApp:
    source = str(ROOT / "functions" / name / "main.py")
    app: ASGIApp = create_asgi_app(name, source)  # type: ignore[no-untyped-call]
    return app


async def until_it_fails(work: Coroutine[object, object, None]) -> None:
    """Runs `work`, and ends the process if it fails. The run must not accept messages that it cannot push."""
    try:
        await work
    except Exception as error:
        logs.logger().critical("bus_failed", **logs.describe(error))
        os.kill(os.getpid(), signal.SIGTERM)
        raise


def subscriptions(manifest: Manifest, origin: str) -> list[Subscription]:
    """Returns the manifest's subscriptions in the queue's form."""
    return [subscription(each, f"{origin}/{each.function}") for each in manifest.subscriptions()]


def subscription(derived: Derived, function: str) -> Subscription:
    """Returns one subscription with the address of its function."""
    return Subscription(
        name=derived.name,
        topic=derived.topic,
        endpoint=f"{function}{derived.path}",
        ordered=derived.ordered,
        ack_deadline=derived.ack_deadline,
        min_backoff=derived.min_backoff,
        max_backoff=derived.max_backoff,
        max_attempts=derived.attempts,
        dead_letter_topic=derived.dead_letter_topic or "",
    )
