"""deliver: sends through the channel, and follows what the gateway says of it.

Driven by `outbound` and `receipts`.
"""

from __future__ import annotations

import functions_framework.aio
from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import Response

from shared.models.events import RECEIPTS, OutboundReady, Receipt, ReceiptEvent
from shared.platform import endpoint
from shared.wiring.platform import platform

OUTBOUND = TypeAdapter(OutboundReady)


@functions_framework.aio.http
async def deliver(request: Request) -> Response:
    topics: endpoint.Topics = {"outbound": (OUTBOUND, _outbound), "receipts": (RECEIPTS, _receipt)}
    return await endpoint.push("deliver", request, topics)


async def _outbound(event: OutboundReady) -> None:
    await platform().outbox.drain(event)


async def _receipt(event: ReceiptEvent) -> None:
    if isinstance(event, Receipt):
        await platform().receipts.receive(event)
    else:
        await platform().receipts.session(event)
