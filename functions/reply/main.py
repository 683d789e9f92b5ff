"""reply: owns the conversation: takes the turn, answers it, commits, publishes.

Triggered by `inbound`.
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.platform import endpoint
from shared.wiring.process import parts
from shared.wiring.reply import wire


@functions_framework.aio.http
async def reply(request: Request) -> Response:
    return await endpoint.push("reply", request, lambda: parts(wire).topics)
