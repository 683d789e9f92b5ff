"""Serves an ASGI application on a free port of this machine during a test."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Message, Receive


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Yields the application's origin. Its socket listens from the first moment."""
    listener = socket.create_server(("127.0.0.1", 0))
    # Its connections inherit this; asyncio sets it only on sockets whose protocol is named.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        app, log_config=None, lifespan="off", interface="asgi3", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running


def replayed(body: bytes, receive: Receive) -> Receive:
    """Returns a `receive` that repeats a body already read, then continues."""
    given_back = False

    async def again() -> Message:
        nonlocal given_back
        if given_back:
            return await receive()
        given_back = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
