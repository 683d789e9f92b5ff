"""webhook: where gateways and the web chat's pages reach us.

    POST /<tenant>/<channel>           a gateway's events, or a visitor's message
    POST /<tenant>/<channel>/visitor   a page asks for a new visitor's token
    GET  /<tenant>/<channel>?after=N   a page asks what was answered
    GET  /<tenant>/<channel>?hub.…     Meta asks whether the address is ours

A gateway's request is verified, normalised, published and acknowledged; on that path there is no database.
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.channels import Webhook
from shared.errors import Rejected
from shared.platform import endpoint
from shared.wiring.process import parts
from shared.wiring.webhook import wire


@functions_framework.aio.http
async def webhook(request: Request) -> Response:
    return await endpoint.call("webhook", request, _route)


async def _route(request: Request) -> Response:
    tenant, channel, rest = endpoint.place(request)
    # A gateway's posts carry no query, and Starlette takes as long over none as over one.
    query = dict(request.query_params) if request.scope["query_string"] else {}
    asked = Webhook(request.method, dict(request.headers.items()), query, await endpoint.read(request))
    response: Response
    match request.method, rest:
        case "POST", "":
            accepted = await parts(wire).intake.accept(tenant, channel, asked)
            response = endpoint.json({"published": accepted.published, "dropped": accepted.dropped})
        case "POST", "visitor":
            response = endpoint.json(await parts(wire).page.welcome(tenant, channel))
        case "GET", "" if (echo := await parts(wire).intake.challenge(tenant, channel, asked)) is not None:
            response = PlainTextResponse(echo)
        case "GET", "":
            after = asked.query.get("after", "0")
            response = endpoint.json(await parts(wire).page.answers(tenant, channel, asked, after))
        case "OPTIONS", _:
            response = Response(status_code=204)
        case _:
            raise Rejected(405, f"{request.method} is not understood here (expected POST)")
    if origin := asked.headers.get("origin"):
        response.headers.update(await parts(wire).page.cors(tenant, channel, origin))
    return response
