"""webhook: endpoint for gateways and the web chat's pages.

    POST /<tenant>/<channel>           a gateway's events, or a visitor's message
    POST /<tenant>/<channel>/visitor   a page asks for a new visitor's token
    GET  /<tenant>/<channel>?after=N   a page asks for its answers; a `token` in them replaces its own
    GET  /<tenant>/<channel>?hub.…     Meta asks whether the address is ours

A gateway's request is verified, normalised, published and acknowledged, without a database.
"""

from __future__ import annotations

import math

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from shared.channels import Webhook
from shared.errors import Rejected
from shared.inbound.page import Full
from shared.inbound.visitors import last_hop
from shared.platform import endpoint
from shared.wiring.process import parts
from shared.wiring.webhook import WebhookParts, wire


@functions_framework.aio.http
async def webhook(request: Request) -> Response:
    cors: dict[str, str] = {}
    response = await endpoint.call("webhook", request, lambda asked: _route(asked, cors))
    response.headers.update(cors)  # so that the page can read a refusal too
    return response


async def _route(request: Request, cors: dict[str, str]) -> Response:
    """Routes a request. `cors` receives the CORS headers for its origin, for every response."""
    tenant, channel, rest = endpoint.place(request)
    if request.method != "POST":
        return await _serve(request, tenant, channel, rest, cors)
    wired: WebhookParts = parts(wire)
    return await wired.wake_ahead.beside(
        tenant, channel, lambda: _serve(request, tenant, channel, rest, cors)
    )


async def _serve(request: Request, tenant: str, channel: str, rest: str, cors: dict[str, str]) -> Response:
    intake, page = parts(wire).intake, parts(wire).page
    if origin := request.headers.get("origin"):
        cors.update(await page.cors(tenant, channel, origin))
    limit = await intake.body_limit(tenant, channel)
    # A gateway's posts carry no query, and Starlette takes as long to parse an empty one.
    query = dict(request.query_params) if request.scope["query_string"] else {}
    headers = dict(request.headers.items())
    asked = Webhook(request.method, headers, query, await endpoint.read(request, limit))
    match request.method, rest:
        case "POST", "":
            accepted = await intake.accept(tenant, channel, asked)
            if accepted.published:
                parts(wire).wake_ahead.used()
            return endpoint.json({"published": accepted.published, "dropped": accepted.dropped})
        case "POST", "visitor":
            return await _welcome(request, tenant, channel)
        case "GET", "" if (echo := await intake.challenge(tenant, channel, asked)) is not None:
            return PlainTextResponse(echo)
        case "GET", "":
            after = asked.query.get("after", "0")
            return endpoint.json(await page.answers(tenant, channel, asked, after))
        case "OPTIONS", _:
            return Response(status_code=204)
    raise Rejected(405, f"{request.method} is not understood here (expected POST)")


async def _welcome(request: Request, tenant: str, channel: str) -> Response:
    forwarded, peer = request.headers.get("x-forwarded-for", ""), request.client
    address = last_hop(forwarded, peer.host if peer else "")
    welcome = await parts(wire).page.welcome(tenant, channel, address)
    if isinstance(welcome, Full):
        return endpoint.json({"error": welcome.text}, 429, {"Retry-After": str(math.ceil(welcome.after))})
    return endpoint.json({"token": welcome})
