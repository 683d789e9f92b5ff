"""gateways: administration of tenants' gateways by an operator. IAM decides on access.

GET  /<tenant>/<channel>            state of the gateway, and whether it posts to us
POST /<tenant>/<channel>/pair       state of its pairing, and a link to the page for it
POST /<tenant>/<channel>/restart    restarts its session
POST /<tenant>/<channel>/register   creates its session, sets its webhook; returns steps left by hand
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Rejected
from shared.platform import endpoint
from shared.wiring.gateways import wire
from shared.wiring.process import parts


@functions_framework.aio.http
async def gateways(request: Request) -> Response:
    return await endpoint.call("gateways", request, _route)


async def _route(request: Request) -> Response:
    tenant, channel, act = endpoint.place(request)
    return endpoint.json(
        await _do(request.method, act, tenant, channel), headers={"Cache-Control": "no-store"}
    )


async def _do(method: str, act: str, tenant: str, channel: str) -> dict[str, Any]:
    administration = parts(wire)
    match method, act:
        case "GET", "":
            return asdict(await administration.status(tenant, channel))
        case "POST", "pair":
            invitation = await administration.invite(tenant, channel)
            return {
                "link": invitation.link,
                "until": invitation.until.isoformat(),
                "step": invitation.pairing.step,
                "status": invitation.pairing.status,
            }
        case "POST", "restart":
            await administration.restart(tenant, channel)
            return {"restarted": True}
        case "POST", "register":
            left = await administration.register(tenant, channel)
            return {"registered": True, "by_hand": dict(left)}
    raise Rejected(405, "expected GET, or POST with pair, restart or register")
