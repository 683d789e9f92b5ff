"""pairing: the page on which an administrator pairs a phone, opened by a link made for them.

GET  /          the page, the same for all callers; the link's token is after its #, for the script
GET  /state     state of the pairing, with the code to scan (Authorization: Bearer <token>)
POST /restart   a new code after the last one ran out (Authorization: Bearer <token>)
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.platform.routes import Call, Route, Routes, bearer, static
from shared.upkeep import page
from shared.wiring.gateways import wire
from shared.wiring.process import parts


async def _state(call: Call) -> page.State:
    return page.state(await parts(wire).pairing(bearer(call.request)))


async def _restart(call: Call) -> None:
    await parts(wire).begin_again(bearer(call.request))


ROUTES = Routes(
    "pairing",
    Route(
        method="GET",
        path="/state",
        handle=_state,
        permission="link",
        answer=page.State,
        headers=page.HEADERS,
    ),
    Route(method="POST", path="/restart", handle=_restart, permission="link", headers=page.HEADERS),
    *static(page.FOLDER, page.HEADERS),
    wired=lambda: parts(wire),
    expected="the link as it was given",
)


@functions_framework.aio.http
async def pairing(request: Request) -> Response:
    return await ROUTES.serve(request)
