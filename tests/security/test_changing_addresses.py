"""Addresses that are public when checked and lead inside later: by redirect, DNS change or proxy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from shared.platform import guard
from shared.platform.guard import Forbidden
from shared.platform.http import Unanswered, Unreachable
from shared.platform.http_httpx import HttpxHttp
from tests.security.attempts import attempts
from tests.security.canary import canary

LIMIT = 1_000
INTERNET, PRIVATE = "127.0.0.2", "127.0.0.1"

#: Status line and headers; `{}` stands for the address inside.
REDIRECTS = {
    **{f"status-{n}": f"{n} Moved\r\nLocation: {{}}" for n in (300, 301, 302, 303, 305, 307, 308)},
    "created": "201 Created\r\nLocation: {}",
    "refresh": "200 OK\r\nRefresh: 0; url={}",
    "content-location": "200 OK\r\nContent-Location: {}",
    "link": "200 OK\r\nLink: <{}>; rel=canonical",
    "without-a-scheme": "302 Found\r\nLocation: //127.0.0.1:{port}/",
    "two-locations": "302 Found\r\nLocation: /\r\nLocation: {}",
    "alternative-service": '200 OK\r\nAlt-Svc: h2="127.0.0.1:{port}"; ma=60',
}  # fmt: skip
#: Answers of the DNS for a name, in order.
REBINDINGS = {
    "inside-at-the-second-question": [[INTERNET], [PRIVATE]],
    "inside-from-the-second-on": [[INTERNET], [PRIVATE], [PRIVATE], [PRIVATE]],
    "both-at-once": [[INTERNET, PRIVATE]],
    "both-the-inner-one-first": [[PRIVATE, INTERNET]],
    "inside-at-once": [[PRIVATE], [INTERNET]],
    "inside-after-many": [[INTERNET] * 5 + [PRIVATE]],
    "mapped-at-the-second-question": [[INTERNET], ["::ffff:127.0.0.1"]],
}
PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@asynccontextmanager
async def telling(answer: str, host: str = PRIVATE) -> AsyncIterator[int]:
    """Yields the port of a server that answers each request with this head."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, host, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@attempts(REDIRECTS)
async def test_a_redirect_is_not_followed(attempt: str) -> None:
    with canary(PRIVATE) as inside:
        url = f"http://127.0.0.1:{inside.port}/"
        head = attempt.replace("{port}", str(inside.port)).replace("{}", url)
        async with telling(head) as port:
            http, own = HttpxHttp(), f"http://127.0.0.1:{port}"
            fetched = await http.fetch(f"{own}/file", own=own, limit=LIMIT)
            asked = await http.request("POST", f"{own}/send", json={})
            await http.close()
        assert fetched.status == asked.status == int(attempt[:3])
        assert inside.hits() == 0


@attempts(REBINDINGS)
async def test_a_name_that_changes_its_mind(
    attempt: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uses another loopback address as the Internet; without TLS, since only connections count."""
    monkeypatch.setattr(guard, "is_public", lambda address: address == INTERNET)
    answers, asked = list(attempt), list[str]()

    async def changing(host: str, port: int) -> list[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    async with telling("200 OK", INTERNET) as port:
        with canary(PRIVATE, port) as inside:
            monkeypatch.setattr(guard, "_PORTS", {"http": port, "https": port})
            http = HttpxHttp(changing)
            with pytest.raises((Forbidden, Unreachable, Unanswered)):
                await http.fetch(
                    "https://files.example/a", own="https://gateway.example", limit=LIMIT, timeout=2
                )
            await http.close()
            assert (asked, inside.hits()) == (["files.example"], 0)


@attempts({name: name for name in PROXIES})
async def test_the_environment_s_proxy_sees_nothing(attempt: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with canary(PRIVATE) as proxy:
        monkeypatch.setenv(attempt, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        async with telling("200 OK") as port:
            http, own = HttpxHttp(), f"http://127.0.0.1:{port}"
            assert (await http.fetch(own, own=own, limit=LIMIT)).status == 200
            assert (await http.request("GET", own)).status == 200
            await http.close()
        assert proxy.hits() == 0
