"""maintenance: once a minute, puts back on its way what nobody works on, and counts what is overdue."""

from __future__ import annotations

from dataclasses import asdict

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.platform import endpoint
from shared.platform.wiring import platform


@functions_framework.aio.http
async def maintenance(request: Request) -> Response:
    return await endpoint.call("maintenance", request, _sweep)


async def _sweep(_: Request) -> Response:
    return JSONResponse(asdict(await platform().sweep.run()))
