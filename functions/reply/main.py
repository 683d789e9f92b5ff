"""reply: owns the conversation. Takes the turn, finds who answers, commits, publishes.

Driven by `inbound`.
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.models.events import INBOUND, InboundEvent
from shared.platform import endpoint
from shared.wiring.platform import platform


@functions_framework.aio.http
async def reply(request: Request) -> Response:
    return await endpoint.push("reply", request, {"inbound": (INBOUND, _inbound)})


async def _inbound(event: InboundEvent) -> None:
    await platform().reply.handle(event)
