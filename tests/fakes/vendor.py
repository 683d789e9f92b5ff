"""A simulated vendor of the local run on a socket, with one channel and scripted faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from scripts.local.vendors import database
from scripts.local.vendors.chats import Chats
from scripts.local.vendors.exchange import Exchange
from scripts.local.vendors.faults import Faults
from scripts.local.vendors.files import Files
from scripts.local.vendors.gateway import Network
from scripts.local.vendors.registry import GATEWAYS, SESSIONS
from shared.formats import wire
from shared.models.tenant import Channel
from tests.fakes.connection import NOW, Settings
from tests.fakes.served import replayed

API_KEY = "api-secret"
#: Settings of a channel of each kind besides `base_url`.
SETTINGS: dict[str, Settings] = {
    "waha": {"session": "default"},
    "green_api": {"instance": "7103000000"},
    "telegram": {},
    "cloud_api": {"phone_number_id": "106540352242922", "business_account": "102290129340398"},
}


def base_url(kind: str, origin: str) -> str:
    """Returns the address of a served vendor as in a channel's settings."""
    return f"{origin}/v23.0" if kind == "cloud_api" else origin


@dataclass
class Call:
    """One request. `body` is None if it is not JSON."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class StillClock:
    """A clock that only the test moves."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.forward(seconds)

    def forward(self, seconds: float = 1) -> None:
        self.at += timedelta(seconds=seconds)


class Vendor:
    """Records the calls it receives.

    `fault`, if set, answers in its place; a function may return None to let a call through. `session` is the
    gateway's own state, not registered yet.
    """

    def __init__(self, kind: str, api_key: str = API_KEY) -> None:
        self.kind, self._own_key = kind, api_key
        self._db = database.connect(Path(":memory:"))
        self._place = Channel(tenant="hotel", channel=kind, kind=kind, settings=SETTINGS[kind])
        self.reset()

    def reset(self) -> None:
        """Restores the initial state."""
        self.api_key = self._own_key
        self.calls: list[Call] = []
        self.fault: Response | Callable[[Call], Response | None] | None = None
        self.clock = StillClock()
        self.session: Any = SESSIONS[self.kind]()
        self._db.execute("DELETE FROM messages")
        self.network = Network(self.clock, "", self._db, Chats(self._db, self.clock), Files(self._db))
        sessions = {("hotel", self.kind): self.session}
        exchange = Exchange(
            GATEWAYS[self.kind], self.network, self, Faults(), sessions, lambda _chat, _said: None
        )
        routes = [Mount("/v23.0" if self.kind == "cloud_api" else "/", exchange.app())]
        self._app = Starlette(routes=routes)

    @property
    def ids(self) -> list[str]:
        """Returns the ids of the messages that we sent, oldest first."""
        sent = self.network.chats.sent("hotel", self.kind, 0)
        return [said.id for _, said in reversed(sent)]

    async def by_api_key(self, kind: str, key: str) -> Channel | None:
        return self._place if (kind, key) == (self.kind, self.api_key) else None

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the vendor's API over HTTP."""
        request = Request(scope, receive)
        body = await request.body()
        query, headers = dict(request.query_params), dict(request.headers)
        call = Call(request.method, scope["path"], query, headers, wire.loads(body))
        self.calls.append(call)
        fault = self.fault if isinstance(self.fault, Response | None) else self.fault(call)
        await (fault or self._app)(scope, replayed(body, receive), send)
