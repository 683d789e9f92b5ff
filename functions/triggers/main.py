"""triggers: plans occurrences, and begins the messages that are due.

POST /due, POST /  once a minute: publishes the ids of due documents
POST /occurrences  triggered by `occurrences`: occurrences that are due, contacts and triggers to plan
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.platform import endpoint
from shared.platform.routes import Call, Route, Routes
from shared.wiring.process import parts
from shared.wiring.triggers import wire


async def _tick(_: Call) -> dict[str, int]:
    done: dict[str, int] = await parts(wire).tick.run()
    return done


ROUTES = Routes(
    "triggers",
    *(Route(method="POST", path=path, handle=_tick, permission="iam", answer=dict) for path in ("/due", "/")),
    wired=lambda: parts(wire),
    expected="POST /due or /occurrences",
    refused="{method} is not understood here (expected POST)",
)


@functions_framework.aio.http
async def triggers(request: Request) -> Response:
    if request.url.path.rstrip("/") == "/occurrences":
        return await endpoint.push("triggers", request, lambda: parts(wire).topics)
    return await ROUTES.serve(request)
