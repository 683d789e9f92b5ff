"""Gateways of our own as they are administered: the simulation's sessions, on a socket."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.local.sim.sessions import GreenInstance, MetaNumber, Session, TelegramBot, WahaSession

API_KEY = "api-secret"

S = TypeVar("S", bound=Session)


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Fake(Generic[S]):
    """Keeps what it was asked. `fault` answers instead of the session while it is set."""

    kind: str
    session: S
    calls: list[Call] = field(default_factory=list)
    fault: Response | None = None

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._serve, methods=["GET", "POST", "PUT"])])

    async def _serve(self, request: Request) -> Response:
        body = await request.json() if await request.body() else None
        path = request.path_params["path"]
        query, headers = dict(request.query_params), dict(request.headers)
        self.calls.append(Call(request.method, path, query, headers, body))
        if self.fault is not None:
            return self.fault
        if not _OPENS[self.kind](request):
            return JSONResponse({"message": "Unauthorized"}, 401)
        return self.session.do(request.method, path, body)


#: How a call to each kind of gateway shows the API key.
_OPENS: dict[str, Callable[[Request], bool]] = {
    "waha": lambda request: request.headers.get("x-api-key") == API_KEY,
    "green_api": lambda request: request.url.path.endswith(f"/{API_KEY}"),
    "telegram": lambda request: request.url.path.startswith(f"/bot{API_KEY}/"),
    "cloud_api": lambda request: request.headers.get("authorization") == f"Bearer {API_KEY}",
}
#: For each kind of gateway: a fresh session, and the settings that a channel has beside `base_url`.
KINDS: dict[str, tuple[Callable[[], Session], dict[str, str]]] = {
    "waha": (WahaSession, {"session": "default"}),
    "green_api": (GreenInstance, {"instance": "7103000000"}),
    "telegram": (TelegramBot, {}),
    "cloud_api": (MetaNumber, {"phone_number_id": "106540352242922", "business_account": "102290129340398"}),
}
SECRETS = {
    "api_key": API_KEY,
    "hmac_key": "hmac-secret",
    "webhook_token": "token-secret",
    "secret_token": "telegram-secret",
    "verify_token": "verify-secret",
}


def base_url(kind: str, origin: str) -> str:
    """Where the fake of that kind answers, as a channel's setting says it."""
    return f"{origin}/v23.0" if kind == "cloud_api" else origin
