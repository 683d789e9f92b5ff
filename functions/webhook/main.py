"""webhook: endpoint for gateways and the web chat's pages.

    POST /<tenant>/<channel>           a gateway's events, or a visitor's message
    POST /<tenant>/<channel>/visitor   a page asks for a new visitor's token
    GET  /<tenant>/<channel>?after=N   a page asks for its answers; a `token` in them replaces its own
    GET  /<tenant>/<channel>?hub.…     Meta asks whether the address is ours

A gateway's request is verified, normalised, published and acknowledged, without a database.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.inbound.page import Answers, Full
from shared.inbound.visitors import client_address
from shared.inbound.webhook import Accepted
from shared.platform import endpoint
from shared.platform.routes import Call, Permission, Route, Routes
from shared.wiring.process import parts
from shared.wiring.webhook import WebhookParts, wire


@dataclass(frozen=True)
class Welcomed:
    token: str


def _parts() -> WebhookParts:
    wired: WebhookParts = parts(wire)
    return wired


async def _accept(call: Call) -> Accepted:
    accepted = await _parts().intake.accept(**call.names, webhook=call.webhook())
    if accepted.published:
        _parts().wake_ahead.used()
    return accepted


async def _welcome(call: Call) -> Welcomed | Response:
    peer = call.request.client
    address = client_address(call.request.headers.getlist, peer.host if peer else "")
    welcome = await _parts().page.welcome(**call.names, address=address)
    if isinstance(welcome, Full):
        return endpoint.json({"error": welcome.text}, 429, {"Retry-After": str(math.ceil(welcome.after))})
    return Welcomed(welcome)


async def _read(call: Call) -> Answers | Response:
    asked = call.webhook()
    echo = await _parts().intake.challenge(**call.names, webhook=asked)
    if echo is not None:
        return PlainTextResponse(echo)
    return await _parts().page.answers(**call.names, webhook=asked, after=asked.query.get("after", "0"))


async def _preflight(_: Call) -> None:
    """Acknowledges a browser's preflight request: `_around` has set its headers."""


async def _around(call: Call, respond: Callable[[], Awaitable[Response]]) -> Response:
    """Starts the functions after this one beside a post, and lets a tenant's page read every response."""

    tenant, channel = call.names["tenant"], call.names["channel"]

    async def work() -> Response:
        if origin := call.request.headers.get("origin"):
            call.headers.update(await _parts().page.cors(tenant, channel, origin))
        return await respond()

    if call.request.method != "POST":
        return await work()
    return await _parts().wake_ahead.beside(tenant, channel, work)


async def _limit(call: Call) -> int:
    return await _parts().intake.body_limit(call.names["tenant"], call.names["channel"])


def _route(
    method: str,
    below: str,
    handle: Callable[[Call], Awaitable[object]],
    permission: Permission,
    answer: type | None,
) -> Route:
    path = "/{tenant:slug}/{channel:slug}" + below
    return Route(method=method, path=path, handle=handle, permission=permission, body=_limit, answer=answer)


ROUTES = Routes(
    "webhook",
    _route("POST", "", _accept, "gateway", Accepted),
    _route("POST", "/visitor", _welcome, "public", Welcomed),
    _route("GET", "", _read, "gateway", Answers),
    _route("OPTIONS", "", _preflight, "public", None),
    _route("OPTIONS", "/{below}", _preflight, "public", None),
    wired=_parts,
    expected="/<tenant>/<channel>",
    refused="{method} is not understood here (expected POST)",
    around=_around,
)


@functions_framework.aio.http
async def webhook(request: Request) -> Response:
    return await ROUTES.serve(request)
