"""health: state of the concierge's dependencies. The state is public; details need the token.

GET /   {"status": "ok" | "degraded" | "down"}, 503 if it is down
GET /   with Authorization: Bearer <health-token>: also each dependency with its state and latency
"""

from __future__ import annotations

from dataclasses import asdict

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import Rejected
from shared.platform import endpoint
from shared.wiring.health import wire
from shared.wiring.process import parts


@functions_framework.aio.http
async def health(request: Request) -> Response:
    return await endpoint.call("health", request, _report)


async def _report(request: Request) -> Response:
    if request.method not in ("GET", "HEAD") or request.path_params.get("path", "").strip("/"):
        raise Rejected(404, "no such address (expected GET /)")
    report = await parts(wire).report()
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    known = scheme.lower() == "bearer" and await parts(wire).admits(token, report)
    content = asdict(report) if known else {"status": report.status}
    return endpoint.json(content, 503 if report.status == "down" else 200, {"Cache-Control": "no-store"})
