"""Answers 204 without any work: the cost of a cold start without our code."""

from __future__ import annotations

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response


@functions_framework.aio.http
async def answer(_: Request) -> Response:
    return Response(status_code=204)
