"""The environment of functions that run alone: emulators, a seeded tenant, topics without subscribers."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from scripts import manifest
from scripts.bench import messages
from scripts.bench.bundle import packages
from scripts.bench.served import Deployment
from scripts.local import embedded, emulated, seed
from scripts.local.emulators import Emulators
from scripts.local.process import free_port
from scripts.yaml_file import ROOT
from shared.models.document import Document
from shared.platform.bus.sqlite import Queue
from shared.platform.store import Store
from shared.platform.store.firestore import FirestoreStore
from shared.platform.store.sqlite import SqliteStore
from shared.tenants.documents import TenantDocuments
from shared.wiring.ports import knowledge_embedder

BARE = ROOT / "scripts" / "bench" / "bare"
_GATEWAY_DEADLINE_S = 10.0
#: An address without a listener: the measured functions make no calls to it.
_CLOSED_ORIGIN = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Cloud:
    """The environment of functions: store, bus, and the folder of logs and compiled files.

    `sent` gets the chat and time (`time.perf_counter`) of each text that the gateway was asked to send.
    """

    environment: Mapping[str, str]
    folder: Path
    sent: SimpleQueue[tuple[str, float]] = field(default_factory=SimpleQueue)

    def ours(self, name: str) -> Deployment:
        """Returns one of the concierge's functions."""
        source = ROOT / "functions" / name / "main.py"
        return Deployment(name, source, self._packages(name), self.environment, self.folder)

    def bare(self, name: str) -> Deployment:
        """Returns a function to compare with, on the webhook's packages (the same server libraries)."""
        return Deployment(name, BARE / f"{name}.py", self._packages("webhook"), self.environment, self.folder)

    def _packages(self, function: str) -> Path:
        site = self.folder / f"packages-{function}"
        return site if site.is_dir() else packages(function, self.folder)


@contextmanager
def on_emulators(emulators: Emulators, folder: Path, documents: Sequence[Document]) -> Iterator[Cloud]:
    """Yields Firestore with the demo tenants and these documents, Pub/Sub, and a gateway. Pub/Sub has the
    manifest's topics; the gateway accepts all calls."""
    sent: SimpleQueue[tuple[str, float]] = SimpleQueue()

    def note(chat: str) -> None:
        sent.put((chat, time.perf_counter()))

    with emulators.running() as hosts, gateway(note) as origin:
        files = seed.load(origin)
        environment = emulated.environment(hosts, folder) | {
            "CONCIERGE_ORIGIN": origin,
            "CONCIERGE_TRACES": traces(origin),
        }
        os.environ.update(environment)  # for this process's own clients of the emulators

        async def write() -> None:
            store = FirestoreStore(emulated.PROJECT)
            await _seed(store, files)
            for document in documents:
                await store.put(document)
            await store.close()

        asyncio.run(write())
        _create_topics()
        yield Cloud(environment | seed.secrets(files, {}), folder, sent)


@contextmanager
def on_sqlite(folder: Path) -> Iterator[Cloud]:
    """Yields the same on two SQLite files; the queue is filled and never pushed."""
    folder.mkdir(parents=True, exist_ok=True)
    files = seed.load(_CLOSED_ORIGIN)
    asyncio.run(_seed(SqliteStore(folder / "store.db"), files))
    Queue(folder / "bus.db").declare(embedded.subscriptions(manifest.load(), _CLOSED_ORIGIN))
    yield Cloud(
        embedded.environment(folder)
        | seed.secrets(files, {})
        | {"FUNCTION_USE_ASGI": "true", "CONCIERGE_TRACES": "off", "CONCIERGE_CLOCK": "system"},
        folder,
    )


async def _seed(store: Store, files: Sequence[TenantDocuments]) -> None:
    """Writes the demo tenants. The entries of the measured one have their vectors, as deployed."""
    await seed.write(store, files)
    measured = [file for file in files if file.tenant.tenant == messages.TENANT]
    await seed.write(store, measured, knowledge_embedder("local"))


def traces(origin: str) -> str:
    """Returns the setting for sending traces to `gateway`, as deployed functions do to Cloud Trace."""
    return f"otlp:{origin}/v1/traces"


def _create_topics() -> None:
    from google.cloud import pubsub_v1

    publisher = pubsub_v1.PublisherClient()
    for topic in manifest.load().topics:
        publisher.create_topic(name=f"projects/{emulated.PROJECT}/topics/{topic}")


@contextmanager
def gateway(sent: Callable[[str], None] = lambda _: None) -> Iterator[str]:
    """Serves a WAHA that answers every call at once, and a collector of traces; yields their origin.

    `sent` gets the chat of each text.
    """

    async def take(request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse({"name": "default", "status": "WORKING"})
        try:
            chat = (await request.json()).get("chatId")
        except ClientDisconnect:  # the function was stopped during its call
            return Response(status_code=400)
        if request.url.path.endswith("/sendText"):
            sent(chat)
        return JSONResponse({"id": f"true_{chat}_3EB0", "timestamp": 0}, 201)

    routes = [
        Route("/v1/traces", _collect, methods=["POST"]),
        Route("/{path:path}", take, methods=["GET", "POST"]),
    ]
    with listening(Starlette(routes=routes)) as origin:
        yield origin


@contextmanager
def listening(app: ASGIApp) -> Iterator[str]:
    """Serves the app in a thread for as long as the block runs; yields its origin. Raises RuntimeError if it
    does not start."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + _GATEWAY_DEADLINE_S
    try:
        while not server.started:
            if time.monotonic() > deadline:
                raise RuntimeError(f"nothing listens on port {port}")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(_GATEWAY_DEADLINE_S)


async def _collect(request: Request) -> Response:
    await request.body()
    return Response(media_type="application/x-protobuf")
