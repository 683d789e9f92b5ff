"""Routing of the local run: `/<function>` and `/<function>/…` reach the function.

The function sees the path below its name, as it does under a deployed function's origin.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import unquote

import h11
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

#: Headers that belong to one connection (RFC 9110, section 7.6.1).
_HOP = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"upgrade"})
#: Headers of a response that this process's own server writes.
_OURS = frozenset({b"date", b"server", b"transfer-encoding", b"keep-alive"})
_READ_BYTES = 64 * 1024
#: Methods that the deployed functions' parser knows (RFC 9110, section 9; RFC 5789); it refuses all others.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})

Headers = Sequence[tuple[bytes, bytes]]


class FunctionRoute(BaseRoute):
    """The route of one function, matched on the raw path bytes: no `..` and no `%2f` is resolved."""

    def __init__(self, name: str, app: ASGIApp) -> None:
        self._prefix, self._app = f"/{name}".encode(), app

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        raw = scope.get("raw_path", b"")
        below = raw.removeprefix(self._prefix)
        if scope["type"] != "http" or below == raw or below[:1] not in (b"", b"/"):
            return Match.NONE, {}
        below = below or b"/"
        return Match.FULL, {"raw_path": below, "path": unquote(below.decode("ascii")), "root_path": ""}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        known = scope["method"] in _METHODS
        await (self._app if known else _refuse(405, "no such method"))(scope, receive, send)


class _Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes


class Proxy:
    """Forwards each request to the server on `port` of this machine, on a connection of its own. Path, query,
    headers and body stay unchanged and are streamed, as is the response: 502 if there is none, 504 if it
    takes longer than `deadline` (s)."""

    def __init__(self, port: int, deadline: float) -> None:
        self._port, self._deadline = port, deadline

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._exchange(scope, receive)
        except TimeoutError:
            return await _refuse(504, f"no answer within {self._deadline:g} s")(scope, receive, send)
        except (OSError, EOFError, h11.ProtocolError) as error:
            return await _refuse(502, type(error).__name__)(scope, receive, send)
        headers = [header for header in answer.headers if header[0] not in _OURS]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        return await send({"type": "http.response.body", "body": answer.body})

    async def _exchange(self, scope: Scope, receive: Receive) -> _Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        asking = asyncio.create_task(_ask(scope, receive, writer))
        try:
            return await _read(reader, scope["method"])
        finally:  # a function may answer before it has read the whole body
            asking.cancel()
            with suppress(asyncio.CancelledError, OSError):  # the reader reports a broken connection
                await asking
            writer.close()


async def _ask(scope: Scope, receive: Receive, writer: asyncio.StreamWriter) -> None:
    """Writes the request, then waits until the client disconnects, and closes the connection."""
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    headers = [(name, value) for name, value in scope["headers"] if name not in _HOP]
    chunked = any(name == b"transfer-encoding" for name, _ in headers)
    writer.write(b"%s %s HTTP/1.1\r\n" % (scope["method"].encode(), target))
    writer.writelines(b"%s: %s\r\n" % header for header in headers)
    writer.write(b"\r\n")
    more = True
    while (message := await receive())["type"] == "http.request":
        if data := message.get("body", b""):
            writer.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
        if more and not message.get("more_body", False):
            more = False
            writer.write(b"0\r\n\r\n" if chunked else b"")
        await writer.drain()
    writer.transport.abort()


async def _read(reader: asyncio.StreamReader, method: str) -> _Answer:
    """Returns the response to a request of this method. Raises EOFError or h11.ProtocolError if it is not
    valid HTTP."""
    connection = h11.Connection(h11.CLIENT)
    # h11 expects a response only after a request; this one is not sent.
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "function")]))
    connection.send(h11.EndOfMessage())
    status, headers, body = 0, list[tuple[bytes, bytes]](), list[bytes]()
    while True:
        match connection.next_event():
            case h11.NEED_DATA:
                if not (data := await reader.read(_READ_BYTES)) and not status:
                    raise EOFError
                connection.receive_data(data)
            case h11.Response() as head:
                status, headers = head.status_code, list(head.headers)
            case h11.Data() as part:
                body.append(bytes(part.data))
            case h11.EndOfMessage():
                return _Answer(status, headers, b"".join(body))


def _refuse(status: int, why: str) -> PlainTextResponse:
    return PlainTextResponse(f"the function does not answer: {why}", status)
