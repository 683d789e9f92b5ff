"""A function that returns its server libraries, for test_server_libraries."""

from __future__ import annotations

import asyncio
import sys

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response


@functions_framework.aio.http
async def libraries(_: Request) -> Response:
    loop = type(asyncio.get_running_loop()).__module__
    return JSONResponse({"loop": loop, "parser": "uvicorn.protocols.http.httptools_impl" in sys.modules})
