"""knowledge: reads the sources of tenants' knowledge when they are due.

POST /due, POST /  every few minutes: publishes the ids of due sources
POST /sources      triggered by `sources`: a source to read
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.platform import endpoint
from shared.platform.routes import Call, Route, Routes
from shared.wiring.knowledge import wire
from shared.wiring.process import parts


async def _tick(_: Call) -> dict[str, int]:
    done: dict[str, int] = await parts(wire).tick.run()
    return done


ROUTES = Routes(
    "knowledge",
    *(Route(method="POST", path=path, handle=_tick, permission="iam", answer=dict) for path in ("/due", "/")),
    wired=lambda: parts(wire),
    expected="POST /due or /sources",
    refused="{method} is not understood here (expected POST)",
)


@functions_framework.aio.http
async def knowledge(request: Request) -> Response:
    if request.url.path.rstrip("/") == "/sources":
        return await endpoint.push("knowledge", request, lambda: parts(wire).topics)
    return await ROUTES.serve(request)
