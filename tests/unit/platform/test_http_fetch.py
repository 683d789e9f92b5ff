"""Fetching from a stranger's address, and posting to one, against real sockets.

127.0.0.2 stands for a public address, 127.0.0.1 for a private one.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from shared.platform import guard
from shared.platform.guard import Forbidden
from shared.platform.http import TooLarge, Unanswered, Unreachable
from shared.platform.http_httpx import HttpxHttp
from tests.fakes import certificate

INTERNET, PRIVATE = "127.0.0.2", "127.0.0.1"
LIMIT = 100_000

Talk = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def http() -> AsyncIterator[HttpxHttp]:
    async with closing(HttpxHttp()) as client:
        yield client


@asynccontextmanager
async def closing(client: HttpxHttp) -> AsyncIterator[HttpxHttp]:
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate of files.example that clients trust."""
    path = certificate.write(tmp_path, "files.example")
    monkeypatch.setattr("certifi.where", lambda: str(path))
    return certificate.serving(path)


@asynccontextmanager
async def listening(
    talk: Talk, host: str = PRIVATE, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serves each connection: reads the request's head, then runs `talk`; yields the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(await reader.readuntil(b"\r\n\r\n"), writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has closed the connection, as some of these tests want
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def says(answer: bytes, heads: list[bytes] | None = None) -> Talk:
    async def talk(head: bytes, writer: asyncio.StreamWriter) -> None:
        (heads if heads is not None else []).append(head)
        writer.write(answer)

    return talk


def ok(body: bytes, more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n" + more + b"\r\n" + body


async def test_a_file_of_the_operators_own_gateway(http: HttpxHttp) -> None:
    heads: list[bytes] = []
    async with listening(says(ok(b"\x89PNG"), heads)) as port:
        own = f"http://localhost:{port}/api"
        answer = await http.fetch(
            f"http://localhost:{port}/f?a=1", own=own, limit=LIMIT, headers={"X-Api-Key": "k"}
        )
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"\x89PNG", "image/png")
    assert heads[0].startswith(b"GET /f?a=1 HTTP/1.1\r\n")
    assert f"host: localhost:{port}".encode() in heads[0].lower()
    assert b"x-api-key: k" in heads[0].lower()


async def test_nothing_private_is_even_connected_to(http: HttpxHttp) -> None:
    heads: list[bytes] = []
    async with listening(says(ok(b"secret"), heads)) as port:
        for url in (f"http://localhost:{port}/", f"https://localhost:{port}/", "https://localhost/"):
            with pytest.raises(Forbidden):
                await http.fetch(url, own="https://gateway.example", limit=LIMIT)
    assert heads == []


async def test_a_redirect_is_an_answer_and_not_followed(http: HttpxHttp) -> None:
    heads: list[bytes] = []
    async with listening(says(ok(b"secret"), heads)) as inner:
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inner}/\r\n\r\n".encode()
        async with listening(says(moved)) as port:
            own = f"http://localhost:{port}"
            answer = await http.fetch(own, own=own, limit=LIMIT)
    assert answer.status == 302
    assert heads == []


@pytest.mark.parametrize("told", [b"", b"Content-Length: 100001\r\n"])
async def test_a_body_over_the_limit_is_not_read_to_its_end(http: HttpxHttp, told: bytes) -> None:
    async with listening(says(ok(b"x" * (LIMIT + 1), told))) as port:
        own = f"http://localhost:{port}"
        with pytest.raises(TooLarge):
            await http.fetch(own, own=own, limit=LIMIT)
        answer = await http.fetch(own, own=own, limit=LIMIT + 1)
    assert len(answer.body) == LIMIT + 1


async def test_nothing_is_decompressed(http: HttpxHttp) -> None:
    async with listening(says(ok(b"\x1f\x8b-like", b"Content-Encoding: gzip\r\n"))) as port:
        own = f"http://localhost:{port}"
        answer = await http.fetch(own, own=own, limit=LIMIT)
    assert answer.body == b"\x1f\x8b-like"


async def test_a_body_that_drips_ends_at_the_deadline(http: HttpxHttp) -> None:
    async def drips(head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(ok(b""))
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with listening(drips) as port:
        own = f"http://localhost:{port}"
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(Unanswered):
            await http.fetch(own, own=own, limit=LIMIT, timeout=0.3)
        assert loop.time() - began < 2


async def test_a_name_that_cannot_be_resolved_or_reached(http: HttpxHttp) -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(Unreachable):
        await HttpxHttp(nowhere).fetch("https://files.example/", own="https://gateway.example", limit=LIMIT)
    async with listening(says(b"")) as port:
        pass
    with pytest.raises(Unreachable):
        await http.fetch(f"http://127.0.0.1:{port}", own=f"http://127.0.0.1:{port}", limit=LIMIT)


async def test_a_name_that_changes_its_mind_is_asked_once(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the check would see a public address, the connection a private one."""
    monkeypatch.setattr(guard, "is_public", lambda address: address == INTERNET)
    answers, asked, private = [INTERNET, PRIVATE, PRIVATE], [], list[bytes]()

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return [answers.pop(0)]

    async with (
        closing(HttpxHttp(rebinding)) as http,
        listening(says(ok(b"public")), INTERNET, 0, tls) as port,
        listening(says(ok(b"secret"), private), PRIVATE, port, tls),
    ):
        monkeypatch.setitem(guard._PORTS, "https", port)
        url = "https://files.example/a"
        answer = await http.fetch(url, own="https://gateway.example", limit=LIMIT)
        assert (answer.body, asked) == (b"public", ["files.example"])
        with pytest.raises(Forbidden):
            await http.fetch(url, own="https://gateway.example", limit=LIMIT)
    assert private == []


async def test_the_certificate_must_be_the_hosts_own(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "is_public", lambda address: address == INTERNET)

    async def internet(host: str, port: int) -> list[str]:
        return [INTERNET]

    heads: list[bytes] = []
    async with (
        closing(HttpxHttp(internet)) as http,
        listening(says(ok(b"1"), heads), INTERNET, 0, tls) as port,
    ):
        monkeypatch.setitem(guard._PORTS, "https", port)
        with pytest.raises((Unreachable, Unanswered)):
            await http.fetch("https://other.example/", own="https://gateway.example", limit=LIMIT)
        assert heads == []
        await http.fetch("https://files.example/", own="https://gateway.example", limit=LIMIT)
    assert b"host: files.example\r\n" in heads[0].lower()


async def test_the_next_address_is_tried_where_one_takes_no_connection() -> None:
    async def two(host: str, port: int) -> list[str]:
        return ["127.0.0.3", PRIVATE]

    async with closing(HttpxHttp(two)) as http, listening(says(ok(b"1"))) as port:
        own = f"http://gateway.example:{port}"
        answer = await http.fetch(f"{own}/a", own=own, limit=LIMIT)
    assert answer.body == b"1"


async def test_posted_bytes_arrive_as_they_are(http: HttpxHttp) -> None:
    heads: list[bytes] = []
    async with listening(says(ok(b"ok"), heads)) as port:
        own = f"http://localhost:{port}"
        answer = await http.post(
            f"{own}/in?sp=%2Frun", b'{"a":  1}', own=own, headers={"content-type": "application/json"}
        )
    assert answer.body == b"ok"
    assert heads[0].startswith(b"POST /in?sp=%2Frun HTTP/1.1\r\n")
    assert b"content-length: 9" in heads[0].lower()


async def test_nothing_private_is_posted_to(http: HttpxHttp) -> None:
    heads: list[bytes] = []
    async with listening(says(ok(b"ok"), heads)) as port:
        for url in (f"http://localhost:{port}/", f"https://localhost:{port}/", "https://localhost/"):
            with pytest.raises(Forbidden):
                await http.post(url, b"{}", own="https://gateway.example")
    assert heads == []


async def test_a_post_is_unreachable_before_its_first_byte_and_unanswered_after() -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    async def slow(host: str, port: int) -> list[str]:
        await asyncio.sleep(5)
        return [PRIVATE]

    async def silent(head: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)

    url = "https://hooks.example/in"
    for resolve in (nowhere, slow):
        with pytest.raises(Unreachable):
            await HttpxHttp(resolve).post(url, b"{}", own="https://other.example", timeout=0.3)
    async with closing(HttpxHttp()) as http, listening(silent) as port:
        own = f"http://127.0.0.1:{port}"
        with pytest.raises(Unanswered):
            await http.post(own, b"{}", own=own, timeout=0.3)
    with pytest.raises(Unreachable):
        await http.post(own, b"{}", own=own, timeout=0.3)
