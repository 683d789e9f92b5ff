"""health: state of the concierge's dependencies. The state is public; details need the token.

GET /   {"status": "ok" | "degraded" | "down"}, 503 if it is down
GET /   with Authorization: Bearer <health-token>: also each dependency with its state and latency
"""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.platform import endpoint
from shared.platform.routes import Call, Route, Routes, bearer
from shared.upkeep.health import Report
from shared.wiring.health import wire
from shared.wiring.process import parts


async def _report(call: Call) -> Response:
    report, token = await parts(wire).report(), bearer(call.request)
    known = token and await parts(wire).admits(token, report)
    content = report if known else {"status": report.status}
    return endpoint.json(content, 503 if report.status == "down" else 200, {"Cache-Control": "no-store"})


ROUTES = Routes(
    "health",
    *(
        Route(method=method, path="/", handle=_report, permission="token", answer=Report)
        for method in ("GET", "HEAD")
    ),
    wired=lambda: parts(wire),
    expected="GET /",
)


@functions_framework.aio.http
async def health(request: Request) -> Response:
    return await ROUTES.serve(request)
