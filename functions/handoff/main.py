"""handoff: tells staff of requests for a human, and does what is due on a request.

POST /handoffs   triggered by `handoffs`: a new request, a person's words for staff, an answer of staff
POST /due        once a minute: the next step of each request, and commands written in the console
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.platform import endpoint
from shared.platform.routes import Call, Route, Routes
from shared.wiring.handoff import wire
from shared.wiring.process import parts


async def _due(_: Call) -> dict[str, int]:
    done: dict[str, int] = await parts(wire).due.run()
    return done


ROUTES = Routes(
    "handoff",
    Route(method="POST", path="/due", handle=_due, permission="iam", answer=dict),
    wired=lambda: parts(wire),
    expected="POST /handoffs or /due",
    refused="{method} is not understood here (expected POST)",
)


@functions_framework.aio.http
async def handoff(request: Request) -> Response:
    if request.url.path.rstrip("/") == "/due":
        return await ROUTES.serve(request)
    return await endpoint.push("handoff", request, lambda: parts(wire).topics)
