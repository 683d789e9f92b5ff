"""maintenance: the sweep, the watch of gateways, and dead letters.

POST /       once a minute: wakes abandoned work, counts overdue messages, checks the gateways
POST /dead   triggered by every dead-letter topic: stores the event, and apologises for a lost answer
"""

from __future__ import annotations

from dataclasses import asdict

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.models.dead_letter import Undelivered
from shared.platform import endpoint
from shared.wiring.maintenance import wire
from shared.wiring.process import parts


@functions_framework.aio.http
async def maintenance(request: Request) -> Response:
    if request.path_params.get("path", "").strip("/") == "dead":
        return await endpoint.dead_letter("maintenance", request, _keep_dead_letter)
    return await endpoint.call("maintenance", request, _sweep)


async def _sweep(_: Request) -> Response:
    swept, watched = await parts(wire).sweep.run(), await parts(wire).watch.run()
    return endpoint.json(asdict(swept) | asdict(watched))


async def _keep_dead_letter(undelivered: Undelivered) -> None:
    await parts(wire).dead_letters.receive(undelivered)
