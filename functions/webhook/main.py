"""webhook: where gateways and the web chat reach us. `POST /<tenant>/<channel>`.

Verifies, normalises, publishes, answers 200; on its steady path it touches no database.
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.channels import Webhook
from shared.errors import Rejected
from shared.platform import endpoint
from shared.platform.wiring import platform


@functions_framework.aio.http
async def webhook(request: Request) -> Response:
    return await endpoint.call("webhook", request, _accept)


async def _accept(request: Request) -> Response:
    place = request.path_params.get("path", "").strip("/").split("/")
    if len(place) != 2:
        raise Rejected(404, "no such address (expected /<tenant>/<channel>)")
    body = await endpoint.read(request)
    asked = Webhook(request.method, dict(request.headers), dict(request.query_params), body)
    accepted = await platform().door.accept(place[0], place[1], asked)
    return JSONResponse({"published": accepted.published, "dropped": accepted.dropped})
