"""Front of the local run: it routes each path to its function, and changes nothing of a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from scripts import manifest
from scripts.local.front import FunctionRoute, Proxy
from scripts.local.process import free_port
from scripts.local.schedule import Schedules, call
from scripts.manifest import Trigger
from tests.fakes.served import served

KINDS = ["embedded", "emulated"]


@dataclass
class Function:
    """An ASGI app that records its requests, and answers with two cookies and an odd header."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    reads: bool = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while self.reads:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone.set()
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        self.requests.append({**scope, "body": body})
        headers = [
            (b"set-cookie", b"a=1"),
            (b"set-cookie", b"b=2"),
            (b"x-odd", b"\xe9\xff"),
            (b"content-length", b"4"),
        ]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else b"done"})


@asynccontextmanager
async def before(function: Function, kind: str) -> AsyncIterator[str]:
    """Serves the function `hook`, in this process or behind a proxy; yields the origin."""

    async def behind(app: ASGIApp) -> AsyncIterator[str]:
        rest = Mount("/", PlainTextResponse("rest", 418))
        async with served(Starlette(routes=[FunctionRoute("hook", app), rest])) as origin:
            yield origin

    if kind == "embedded":
        async for origin in behind(function):
            yield origin
        return
    async with served(function) as inner:
        async for origin in behind(Proxy(int(inner.rsplit(":", 1)[1]), 2)):
            yield origin


async def send(origin: str, raw: bytes, *, until: bytes = b"", wait: float = 5) -> bytes:
    """Sends bytes; returns the answer up to `until`, or up to the end of the connection."""
    host, port = origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(raw)
    async with asyncio.timeout(wait):
        answer = await (reader.readuntil(until) if until else reader.read())
    writer.close()
    return answer


def raw(target: bytes, *headers: bytes, method: bytes = b"POST", body: bytes = b"") -> bytes:
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: localhost", b"Connection: close", *headers]
    return b"\r\n".join(lines) + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/hook", b"/"),
        (b"/hook/", b"/"),
        (b"/hook/a/b", b"/a/b"),
        (b"/hook//a", b"//a"),
        (b"/hook/../etc", b"/../etc"),
        (b"/hook/%2e%2e/a%2Fb/%00/%ff", b"/%2e%2e/a%2Fb/%00/%ff"),
        (b"/hook/a?x=%2e&x=2&&y", b"/a"),
    ],
)
async def test_a_path_reaches_the_function_as_it_was_sent(kind: str, target: bytes, path: bytes) -> None:
    function = Function()
    async with before(function, kind) as origin:
        assert (await send(origin, raw(target))).startswith(b"HTTP/1.1 201 ")
    (seen,) = function.requests
    assert (seen["raw_path"], seen["root_path"]) == (path, "")
    assert seen["query_string"] == target.partition(b"?")[2]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", [b"/hookfoo", b"/hook.php", b"/", b"/Hook", b"/x/hook", b"//hook"])
async def test_another_path_is_not_the_functions(kind: str, target: bytes) -> None:
    function = Function()
    async with before(function, kind) as origin:
        assert (await send(origin, raw(target))).startswith(b"HTTP/1.1 418 ")
    assert function.requests == []


@pytest.mark.parametrize("kind", KINDS)
async def test_headers_and_body_go_through_as_bytes(kind: str) -> None:
    function = Function()
    body = bytes(range(256)) * 1000
    headers = [b"X-Sign: \xc3\xa9\xff", b"X-Twice: 1", b"X-Twice: 2", b"Accept-Encoding: zebra"]
    async with before(function, kind) as origin:
        answer = await send(origin, raw(b"/hook/a", *headers, body=body))
    (seen,) = function.requests
    assert seen["body"] == body
    given = seen["headers"]
    assert [value for name, value in given if name == b"x-twice"] == [b"1", b"2"]
    assert (b"x-sign", b"\xc3\xa9\xff") in given
    assert [value for name, value in given if name in (b"host", b"accept-encoding", b"user-agent")] == [
        b"localhost",
        b"zebra",
    ]
    head, _, content = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert content == b"done"
    assert [line[12:] for line in lines if line.startswith(b"set-cookie: ")] == [b"a=1", b"b=2"]
    assert b"x-odd: \xe9\xff" in lines
    assert len([line for line in lines if line.startswith((b"date:", b"server:"))]) == 2


@pytest.mark.parametrize("kind", KINDS)
async def test_a_body_in_chunks_and_an_answer_without_one(kind: str) -> None:
    function = Function()
    chunks = b"POST /hook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with before(function, kind) as origin:
        await send(origin, chunks + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        head = await send(origin, raw(b"/hook", method=b"HEAD"))
    assert [each["body"] for each in function.requests] == [b"abcde", b""]
    assert head.startswith(b"HTTP/1.1 201 ")
    assert head.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_does_not_wait_for_the_rest_of_a_body(kind: str) -> None:
    head = b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc"
    async with before(Function(reads=False), kind) as origin:
        assert (await send(origin, head, until=b"done")).startswith(b"HTTP/1.1 201 ")


@pytest.mark.parametrize("kind", KINDS)
async def test_the_function_learns_that_the_client_has_gone(kind: str) -> None:
    function = Function()
    async with before(function, kind) as origin:
        host, port = origin.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.close()
        await asyncio.wait_for(function.gone.wait(), 5)


async def test_a_function_that_is_down_or_silent_is_502_or_504() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(3)

    gone = Starlette(routes=[FunctionRoute("hook", Proxy(free_port(), 2))])
    async with served(gone) as origin:
        assert (await send(origin, raw(b"/hook"))).startswith(b"HTTP/1.1 502 ")
    async with served(silent) as inner:
        proxy = Proxy(int(inner.rsplit(":", 1)[1]), 0.3)
        async with served(Starlette(routes=[FunctionRoute("hook", proxy)])) as origin:
            assert (await send(origin, raw(b"/hook"))).startswith(b"HTTP/1.1 504 ")


# --- schedules

SWEEP = manifest.load().functions["maintenance"]


@pytest.mark.parametrize("answered", [404, 307, 500, 0])
async def test_a_schedule_that_gets_no_2xx_is_an_error(lines: list[dict[str, Any]], answered: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if not answered:
            raise httpx.ConnectError("nobody")
        return httpx.Response(answered)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        await call(client, SWEEP.name, "http://localhost/maintenance", 60)
    (line,) = lines
    assert (line["event"], line["severity"]) == ("schedule_failed", "ERROR")
    assert (line["function"], line["status"]) == ("maintenance", answered)


@pytest.mark.parametrize(
    ("trigger", "path"),
    [
        (Trigger(http="private", every_minutes=1), "/"),
        (Trigger(topics=("inbound",), every_minutes=1), "/due"),
    ],
)
async def test_a_schedule_calls_its_function_again_and_again(
    lines: list[dict[str, Any]], trigger: Trigger, path: str
) -> None:
    function = Function()
    async with before(function, "embedded") as origin:
        scheduled = replace(SWEEP, trigger=trigger)
        running = asyncio.create_task(Schedules([scheduled], lambda _: f"{origin}/hook", 0.05).run())
        async with asyncio.timeout(5):
            while len(function.requests) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        running.cancel()
    assert {(each["method"], each["path"]) for each in function.requests} == {("POST", path)}
    assert lines == []


async def test_a_function_without_a_schedule_is_not_called() -> None:
    await Schedules([manifest.load().functions["webhook"]], lambda _: "http://localhost:9/").run()


async def test_a_schedule_opens_a_connection_of_its_own_for_each_call(lines: list[dict[str, Any]]) -> None:
    """A server closes idle connections when it likes; here it hears a connection's second request and
    closes, as one does whose time to wait has just passed."""
    calls = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal calls
        await reader.readuntil(b"\r\n\r\n")
        calls += 1
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        running = asyncio.create_task(Schedules([SWEEP], lambda _: f"http://127.0.0.1:{port}", 0.01).run())
        async with asyncio.timeout(5):
            while calls < 3 and not lines:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        running.cancel()
    assert lines == []
