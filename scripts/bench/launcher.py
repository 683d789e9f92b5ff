"""A launcher that starts a function's process with the first request to it, as Cloud Run does.

Other requests wait meanwhile. The bus is the Pub/Sub emulator with the pushes of the local queue
(scripts/local/topics.py), since most of a cold start is the import of Google's clients: on SQLite it would be
half as long.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scripts import manifest
from scripts.bench.cloud import listening
from scripts.bench.served import Deployment, Served, serving
from scripts.local import embedded, topics
from shared.platform.bus.pusher import Pusher
from shared.platform.bus.sqlite import SqliteBus

#: A project of its own: in the emulator's other one, the topics have no subscribers.
PROJECT = "concierge-cold"
_FORWARD_DEADLINE_S = 60.0
_QUIET_S = 0.5
_HEADERS = frozenset({"host", "content-length", "connection"})


class Launcher:
    """Forwards `/<function>/…` to the function's process, which the first request starts."""

    def __init__(self) -> None:
        self._deployments: Mapping[str, Deployment] = {}
        self._starting: dict[str, asyncio.Task[Served]] = {}
        self._processes = ExitStack()
        self._open = 0

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{function}/{path:path}", self._pass_on, methods=["POST"])])

    def deploy(self, deployments: Mapping[str, Deployment]) -> None:
        """Replaces the functions; none of them has a process yet."""
        self._processes.close()
        self._starting.clear()
        self._deployments = deployments

    async def quiet(self) -> None:
        """Returns once no function has handled a request for a moment."""
        since = asyncio.get_running_loop().time()
        while asyncio.get_running_loop().time() - since < _QUIET_S:
            await asyncio.sleep(0.05)
            if self._open:
                since = asyncio.get_running_loop().time()

    async def _pass_on(self, request: Request) -> Response:
        name, path = request.path_params["function"], request.path_params["path"]
        headers = {key: value for key, value in request.headers.items() if key not in _HEADERS}
        self._open += 1
        try:
            body = await request.body()
            if name not in self._starting:
                self._starting[name] = asyncio.create_task(asyncio.to_thread(self._start, name))
            served = await asyncio.shield(self._starting[name])
            async with httpx.AsyncClient(timeout=_FORWARD_DEADLINE_S, trust_env=False) as client:
                url = f"http://127.0.0.1:{served.port}/{path}"
                answer = await client.post(url, content=body, headers=headers)
        finally:
            self._open -= 1
        return Response(answer.content, answer.status_code)

    def _start(self, name: str) -> Served:
        served = self._processes.enter_context(serving(self._deployments[name]))
        served.listening()
        return served


@asynccontextmanager
async def running(launcher: Launcher, folder: Path) -> AsyncIterator[str]:
    """Runs topics, pushes and launcher for as long as the block runs; yields the functions' origin."""
    described = manifest.load()
    topics.create(described.topics, PROJECT)
    queue = folder / "bus-cold.db"
    with listening(launcher.app()) as origin:
        subscriptions = [
            embedded.subscription(each, f"{origin}/{each.function}")
            for each in described.subscriptions()
            if each.dead_letter_topic
        ]
        bus = SqliteBus(queue)
        work = [Pusher(queue, subscriptions).run()]
        work += [topics.carry(topic, PROJECT, bus) for topic in described.topics]
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield origin
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            launcher.deploy({})
