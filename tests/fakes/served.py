"""An ASGI application on a free port of this machine, for as long as a test needs it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Message, Receive


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """Yields its origin. Connections are accepted from the first moment: the socket listens already."""
    listener = socket.create_server(("127.0.0.1", 0))
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
    """A `receive` that gives a body again that was read already, then goes on as before."""
    given_back = False

    async def again() -> Message:
        nonlocal given_back
        if given_back:
            return await receive()
        given_back = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
