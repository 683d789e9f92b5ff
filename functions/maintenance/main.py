"""maintenance: the sweep, the watch of gateways, and dead letters.

POST /       once a minute: wakes abandoned work, counts overdue messages, checks the gateways
POST /dead   triggered by every dead-letter topic: stores the event, and apologises for a lost answer
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.models.dead_letter import Undelivered
from shared.platform.routes import Call, Route, Routes
from shared.wiring.maintenance import wire
from shared.wiring.process import parts


async def _sweep(_: Call) -> dict[str, int]:
    done: dict[str, int] = await parts(wire).rounds.run()
    return done


async def _keep_dead_letter(undelivered: Undelivered) -> None:
    await parts(wire).dead_letters.receive(undelivered)


ROUTES = Routes(
    "maintenance",
    Route(method="POST", path="/", handle=_sweep, permission="iam", answer=dict),
    Route(method="POST", path="/dead", handle=_keep_dead_letter, permission="iam", body=Undelivered),
    wired=lambda: parts(wire),
    expected="POST / or /dead",
    refused="{method} is not understood here (expected POST)",
)


@functions_framework.aio.http
async def maintenance(request: Request) -> Response:
    return await ROUTES.serve(request)
