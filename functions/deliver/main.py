"""deliver: sends messages through the channel, and applies the gateway's receipts.

Triggered by `outbound` and `receipts`.
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.platform import endpoint
from shared.wiring.deliver import wire
from shared.wiring.process import parts


@functions_framework.aio.http
async def deliver(request: Request) -> Response:
    return await endpoint.push("deliver", request, lambda: parts(wire).topics)
