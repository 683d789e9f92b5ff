"""pairing: the page on which an administrator pairs a phone, opened by a link made for them.

GET  /          the page, the same for all callers; the link's token is after its #, for the script
GET  /state     state of the pairing, with the code to scan (Authorization: Bearer <token>)
POST /restart   a new code after the last one ran out (Authorization: Bearer <token>)
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Rejected
from shared.platform import endpoint
from shared.upkeep import page
from shared.wiring.gateways import wire
from shared.wiring.process import parts


@functions_framework.aio.http
async def pairing(request: Request) -> Response:
    return await endpoint.call("pairing", request, _route)


async def _route(request: Request) -> Response:
    path = request.path_params.get("path", "").strip("/")
    match request.method, path:
        case "GET", "state":
            shown = await parts(wire).pairing(_token(request))
            return endpoint.json(page.state(shown), headers=page.HEADERS)
        case "POST", "restart":
            await parts(wire).begin_again(_token(request))
            return Response(status_code=204, headers=page.HEADERS)
        case "GET", name if name in page.FILES:
            content, media_type = page.file(name)
            return Response(content, media_type=media_type, headers=page.HEADERS)
    raise Rejected(404, "no such address (expected the link as it was given)")


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""
