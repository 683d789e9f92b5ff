"""maintenance: what keeps the rest whole.

POST /       once a minute: puts back what nobody works on, counts what is overdue, watches the gateways
POST /dead   driven by every dead-letter topic: keeps what died, and makes up for answers that are owed
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
        return await endpoint.dead_letter("maintenance", request, _bury)
    return await endpoint.call("maintenance", request, _sweep)


async def _sweep(_: Request) -> Response:
    swept, watched = await parts(wire).sweep.run(), await parts(wire).watch.run()
    return endpoint.json(asdict(swept) | asdict(watched))


async def _bury(undelivered: Undelivered) -> None:
    await parts(wire).dead_letters.receive(undelivered)
