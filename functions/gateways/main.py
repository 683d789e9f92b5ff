"""gateways: administration of tenants' gateways by an operator. IAM decides on access.

GET  /<tenant>/<channel>            state of the gateway, and whether it posts to us
POST /<tenant>/<channel>/pair       state of its pairing, and a link to the page for it
POST /<tenant>/<channel>/restart    restarts its session
POST /<tenant>/<channel>/register   creates its session, sets its webhook; returns steps left by hand
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.channels import Status
from shared.errors import Rejected
from shared.platform.routes import Call, Route, Routes
from shared.wiring.gateways import wire
from shared.wiring.process import parts

_EXPECTED = "expected GET, or POST with pair, restart or register"


@dataclass(frozen=True)
class Invited:
    link: str
    until: str
    step: str
    status: str


@dataclass(frozen=True)
class Restarted:
    restarted: bool


@dataclass(frozen=True)
class Registered:
    registered: bool
    by_hand: Mapping[str, str]


async def _status(call: Call) -> Status:
    status: Status = await parts(wire).status(**call.names)
    return status


async def _pair(call: Call) -> Invited:
    invited = await parts(wire).invite(**call.names)
    return Invited(invited.link, invited.until.isoformat(), invited.pairing.step, invited.pairing.status)


async def _restart(call: Call) -> Restarted:
    await parts(wire).restart(**call.names)
    return Restarted(True)


async def _register(call: Call) -> Registered:
    return Registered(True, await parts(wire).register(**call.names))


async def _refuse(_: Call) -> None:
    raise Rejected(405, _EXPECTED)


def _route(
    method: str, below: str, handle: Callable[[Call], Awaitable[object]], answer: type | None = None
) -> Route:
    return Route(
        method=method,
        path="/{tenant:slug}/{channel:slug}" + below,
        handle=handle,
        permission="iam",
        answer=answer,
        headers={"Cache-Control": "no-store"},
    )


ROUTES = Routes(
    "gateways",
    _route("GET", "", _status, Status),
    _route("POST", "/pair", _pair, Invited),
    _route("POST", "/restart", _restart, Restarted),
    _route("POST", "/register", _register, Registered),
    _route("POST", "/{other}", _refuse),
    wired=lambda: parts(wire),
    expected="/<tenant>/<channel>",
    refused=_EXPECTED,
)


@functions_framework.aio.http
async def gateways(request: Request) -> Response:
    return await ROUTES.serve(request)
