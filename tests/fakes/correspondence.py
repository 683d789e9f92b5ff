"""Our channels and the simulated gateways connected over HTTP, without the core.

The channel itself verifies and parses each webhook; each message that it sends is kept with its request.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from scripts.local import sim
from shared.channels import Connection, Gateway, Parsed, Webhook
from shared.formats import wire
from shared.models.events import InboundEvent, ReceiptEvent
from shared.models.tenant import Channel as Settings
from shared.models.tenant import Tenant
from shared.platform.clock import SystemClock
from shared.platform.http_httpx import HttpxHttp
from shared.platform.store.sqlite import SqliteStore
from shared.tenants import plugins
from tests.fakes.connection import Settings as Values
from tests.fakes.served import replayed
from tests.fakes.vendor import SETTINGS

Json = dict[str, Any]
#: Each channel's settings beside its address, the names of its secrets, and a person on its network.
KINDS: dict[str, tuple[Values, list[str], str]] = {
    "waha": (SETTINGS["waha"], ["hmac_key"], "221770000001@c.us"),
    "green_api": (SETTINGS["green_api"], ["webhook_token"], "221770000001@c.us"),
    "cloud_api": (SETTINGS["cloud_api"], ["app_secret", "verify_token"], "221770000001"),
    "telegram": (SETTINGS["telegram"], ["secret_token"], "770000001"),
}


@dataclass(frozen=True)
class Asked:
    """One request to a gateway."""

    kind: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class _Loaded:
    tenant: Tenant
    channels: list[Settings]
    knowledge: list[Any]


class Correspondence:
    """Channels with their gateways.

    `inbound`, `receipts` and `dropped` came by webhook, `asked` are requests to gateways, `status` is the
    webhook's.
    """

    def __init__(self, folder: Path, origin: str) -> None:
        self.origin = origin
        self.client = httpx.AsyncClient(base_url=origin, timeout=10, trust_env=False)
        self.inbound: list[InboundEvent] = []
        self.receipts: list[ReceiptEvent] = []
        self.dropped: list[str] = []
        self.asked: list[Asked] = []
        self.status = 200
        loaded = [_tenant(name, origin) for name in ("hotel", "diocese")]
        settings = sim.SimSettings(
            store=SqliteStore(folder / "store.db"),
            calls_path=folder / "calls.db",
            origin=origin,
            tenants=loaded,
            secret=_secret,
            journal=sim.Journal(),
        )
        self.simulation = sim.create(settings)
        self.channels = {
            each.kind: plugins.channel(each.kind, _connection(each)) for each in loaded[0].channels
        }
        self._settings = {each.kind: each for each in loaded[0].channels}
        self.gateways = {kind: self._gateway(kind, origin) for kind in self._settings}
        webhook = Route("/webhook/{tenant}/{channel}", self._webhook, methods=["POST"])
        self._app = Starlette(routes=[webhook, Mount("/", self.simulation)], lifespan=self._lifespan)

    @property
    def app(self) -> ASGIApp:
        return self._record

    async def say(self, kind: str, text: str = "", **more: Any) -> Json:
        """Sends a message of the person from the phone."""
        body = {"tenant": "hotel", "channel": kind, "peer": KINDS[kind][2], "text": text} | more
        answer: Json = (await self.client.post("/_sim/phone", json=body)).raise_for_status().json()
        return answer

    async def upload(self, data: bytes, mimetype: str, filename: str = "") -> str:
        answer = await self.client.post(
            "/_sim/phone/files",
            content=data,
            params={"filename": filename},
            headers={"Content-Type": mimetype},
        )
        return str(answer.raise_for_status().json()["file"])

    async def chat(self, kind: str) -> list[Json]:
        """Returns the messages that the phone shows."""
        place = {"tenant": "hotel", "channel": kind, "peer": KINDS[kind][2]}
        answer = await self.client.get("/_sim/phone/chat", params=place)
        return list(answer.raise_for_status().json()["messages"])

    async def calls(self) -> list[Json]:
        return list((await self.client.get("/_sim/outbox")).json()["calls"])

    async def fault(self, kind: str, **fault: Any) -> None:
        (await self.client.post("/_sim/faults", json={"channel": kind} | fault)).raise_for_status()

    async def _webhook(self, request: Request) -> Response:
        kind = request.path_params["channel"]
        asked = Webhook("POST", dict(request.headers.items()), {}, await request.body())
        await self.channels[kind].verify(asked)
        parsed: Parsed = self.channels[kind].parse(asked)
        if self.status == 200:
            self.inbound += parsed.inbound
            self.receipts += parsed.receipts
            self.dropped += parsed.dropped
        return Response(status_code=self.status)

    def elsewhere(self, kind: str) -> Gateway:
        """Returns the gateway as another deployment of ours would set it up."""
        return self._gateway(kind, "https://elsewhere.example")

    def _gateway(self, kind: str, origin: str) -> Gateway:
        address = f"{origin}/webhook/hotel/{kind}"
        gateway = plugins.gateway(kind, _connection(self._settings[kind]), address)
        assert gateway
        return gateway

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.simulation.router.lifespan_context(self.simulation):
            yield

    async def _record(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Records a request to a gateway, then lets the gateway answer."""
        place = scope.get("path", "").split("/")
        if place[1:2] != ["_sim"] or place[2:3] == [] or place[2] not in KINDS:
            await self._app(scope, receive, send)
            return
        body = await Request(scope, receive).body()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        path, query = "/" + "/".join(place[3:]), scope["query_string"].decode()
        given = wire.loads(body)
        self.asked.append(Asked(place[2], scope["method"], path, query, headers, given))
        await self._app(scope, replayed(body, receive), send)


def _tenant(name: str, origin: str) -> _Loaded:
    channels = [
        Settings(
            tenant=name,
            channel=kind,
            kind=kind,
            settings={"base_url": f"{origin}/_sim/{kind}", **settings},
            secrets={"api_key": f"{name}-{kind}-key"} | dict.fromkeys(secrets, "local-secret"),
        )
        for kind, (settings, secrets, _) in KINDS.items()
    ]
    return _Loaded(Tenant(tenant=name, name=name.title(), languages=["en"]), channels, [])


async def _secret(name: str) -> str:
    """Returns the secret's own name as its value."""
    return name


def _connection(settings: Settings) -> Connection:
    async def secret(role: str) -> str:
        return settings.secrets[role]

    return Connection(settings, secret, HttpxHttp(), SystemClock().now)


@asynccontextmanager
async def corresponding(folder: Path) -> AsyncIterator[Correspondence]:
    """Yields a served correspondence on a free port. Its socket listens from the first moment."""
    listener = socket.create_server(("127.0.0.1", 0))
    correspondence = Correspondence(folder, f"http://127.0.0.1:{listener.getsockname()[1]}")
    config = uvicorn.Config(
        correspondence.app, log_config=None, interface="asgi3", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with correspondence.client:
            yield correspondence
    finally:
        server.should_exit = True
        await running


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Polls until `holds` is true. Raises AssertionError after five seconds."""
    for _ in range(500):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the condition did not become true within five seconds")
