"""Ways to fail that no vendor's format has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from scripts.local.vendors.broken import CutOff, Hang

#: Bytes of an answer that is too large for any reader.
HUGE = 10 * 1024 * 1024


class Endless(Response):
    """An answer that begins, then sends only the empty lines by which DeepSeek keeps connections open."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.create_task(_disconnected(receive))
        while not gone.done():
            await send({"type": "http.response.body", "body": b"\n", "more_body": True})
            await asyncio.wait([gone], timeout=0.02)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _huge() -> AsyncIterator[bytes]:
    yield b'{"filler": "'
    for _ in range(HUGE // 65_536):
        yield b"x" * 65_536
    yield b'"}'


def failing(name: str) -> Response | None:
    """Returns a new answer that fails in this way, or None if it is no way of all vendors."""
    match name:
        case "hang":
            return Hang()
        case "endless":
            return Endless()
        case "huge":
            return StreamingResponse(_huge(), media_type="application/json")
        case "html":
            return PlainTextResponse("<html><h1>Welcome</h1>", media_type="text/html")
        case "gateway_page":
            return PlainTextResponse("<html><h1>Bad gateway</h1>", 502, media_type="text/html")
        case "half_json":
            return PlainTextResponse('{"candidates": [{"content": [{"te', media_type="application/json")
        case "disconnected":
            return CutOff(b'{"candidates"')
        case "nothing":
            return Response(b"", 200)
        case "list":
            return PlainTextResponse("[1, 2]", media_type="application/json")
    return None


#: The names of these ways.
NAMES = (
    "hang", "endless", "huge", "html", "gateway_page", "half_json", "disconnected", "nothing", "list",
)  # fmt: skip
