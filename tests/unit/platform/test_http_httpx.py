"""The HTTP port on httpx, against servers that refuse, hang, break off and send malformed answers."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from shared.platform.http import Unanswered, Unreachable
from shared.platform.http_httpx import ANSWER_LIMIT, HttpxHttp

Talk = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def http() -> AsyncIterator[HttpxHttp]:
    client = HttpxHttp()
    yield client
    await client.close()


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[str]:
    """Serves each connection: reads the request's head, then runs `talk`; yields the origin."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(await reader.readuntil(b"\r\n\r\n"), writer)
            await writer.drain()
        except ConnectionError:
            pass  # the client has closed the connection, as some of these tests want
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def says(*pieces: bytes) -> Talk:
    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return talk


async def hangs(head: bytes, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def drips(head: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(100):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_an_answer_as_it_came(http: HttpxHttp) -> None:
    heads: list[bytes] = []

    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        heads.append(head)
        writer.write(b"HTTP/1.1 429 Slow down\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nhi")

    async with listening(talk) as origin:
        answer = await http.request(
            "POST", f"{origin}/a%2Fb", headers={"X-Api-Key": "k"}, params={"a.b": "1"}, json={}
        )
    assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "3", b"hi")
    assert heads[0].startswith(b"POST /a%2Fb?a.b=1 HTTP/1.1\r\n")
    assert b"x-api-key: k\r\n" in heads[0].lower()


async def test_a_redirect_is_an_answer(http: HttpxHttp) -> None:
    moved = b"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with listening(says(moved)) as origin:
        assert (await http.request("POST", origin)).status == 307


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/", "http://does-not-exist.invalid/", "ftp://127.0.0.1/"],
)
async def test_never_left(http: HttpxHttp, url: str) -> None:
    with pytest.raises(Unreachable):
        await http.request("GET", url)


async def test_a_connection_that_never_comes_to_be(http: HttpxHttp) -> None:
    """If a listener's queue is full, the next client waits for its handshake."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        with pytest.raises(Unreachable):
            await http.request("POST", f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=0.6)
        for one in waiting:
            one.close()


async def test_a_header_that_cannot_be_written_leaves_nothing_and_stays_secret(http: HttpxHttp) -> None:
    async with listening(hangs) as origin:
        with pytest.raises(Unreachable) as failure:
            await http.request("GET", f"{origin}/bot-token", headers={"X-Api-Key": "hush\n"})
    assert "hush" not in str(failure.value)
    assert "bot-token" not in str(failure.value)
    assert failure.value.__cause__ is None


@pytest.mark.parametrize(
    "talk",
    [
        says(),
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"),
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"),
        says(b"\x16\x03\x01 this is no HTTP\r\n\r\n"),
        says(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope"),
        says(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65_536] * (ANSWER_LIMIT // 65_536 + 2)),
    ],
    ids=["closes", "half", "half_chunk", "garbage", "not_gzip", "too_long"],
)
async def test_perhaps_done(http: HttpxHttp, talk: Talk) -> None:
    async with listening(talk) as origin:
        with pytest.raises(Unanswered):
            await http.request("POST", origin, json={"a": 1})


@pytest.mark.parametrize("talk", [hangs, drips])
async def test_the_timeout_bounds_the_whole_call(http: HttpxHttp, talk: Talk) -> None:
    async with listening(talk) as origin:
        began = time.monotonic()
        with pytest.raises(Unanswered):
            await http.request("POST", origin, timeout=0.3)
        assert time.monotonic() - began < 2


async def test_a_whole_answer_of_the_limit(http: HttpxHttp) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {ANSWER_LIMIT}\r\n\r\n".encode()
    async with listening(says(head, b"x" * ANSWER_LIMIT)) as origin:
        assert len((await http.request("GET", origin)).body) == ANSWER_LIMIT


async def test_it_works_again_after_close_and_after_failures(http: HttpxHttp) -> None:
    async with listening(says(b"HTTP/1.1 204 No Content\r\n\r\n")) as origin:
        for _ in range(2):
            with pytest.raises(Unreachable):
                await http.request("GET", "http://127.0.0.1:1/")
            assert (await http.request("GET", origin)).status == 204
            await http.close()


def test_cold_start_pays_for_httpx_only_where_it_is_used() -> None:
    code = (
        "import sys; from shared.platform.http_httpx import HttpxHttp; import shared.channels.waha as w;"
        "import shared.channels.webchat; HttpxHttp(); sys.exit('httpx' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
