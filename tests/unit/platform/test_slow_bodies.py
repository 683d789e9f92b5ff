"""A slow body is given up: over a real socket, against the functions framework's own app."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from functions_framework.aio import create_asgi_app
from starlette.applications import Starlette

from shared.platform import endpoint
from tests.fakes.served import served

FUNCTION = """
import functions_framework.aio
from starlette.responses import Response
from shared.platform import endpoint

@functions_framework.aio.http
async def slow(request):
    async def handle(request):
        return Response(await endpoint.read(request))
    return await endpoint.call("slow", request, handle)
"""
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"


@pytest.fixture
def app(tmp_path: Path) -> Starlette:
    source = tmp_path / "main.py"
    source.write_text(FUNCTION)
    made: Starlette = create_asgi_app("slow", str(source))  # type: ignore[no-untyped-call]
    return made


async def post(origin: str, *pieces: bytes, pause: float = 0.05) -> tuple[bytes, float]:
    """Sends the pieces one by one; returns the answer until the server closes, and the seconds it took."""
    host, port = origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    began = time.monotonic()

    async def drip() -> None:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)

    dripping = asyncio.create_task(drip())
    try:
        answer = await asyncio.wait_for(reader.read(), 10)
        return answer, time.monotonic() - began
    finally:
        dripping.cancel()
        writer.close()


@pytest.mark.parametrize("pieces", [[HEAD], [HEAD, *[b"x"] * 200]], ids=["stuck", "dripping"])
async def test_a_body_has_one_deadline_in_all(
    app: Starlette, monkeypatch: pytest.MonkeyPatch, pieces: list[bytes]
) -> None:
    monkeypatch.setattr(endpoint, "BODY_DEADLINE_S", 0.5)
    async with served(app) as origin:
        answer, seconds = await post(origin, *pieces)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert 0.4 < seconds < 3


async def test_a_slow_body_that_comes_in_time_is_read(app: Starlette) -> None:
    head = HEAD.replace(b"100000", b"3").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    async with served(app) as origin:
        answer, _ = await post(origin, head, b"a", b"b", b"c")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"abc")


def test_the_deadline_is_far_below_every_functions_own() -> None:
    assert endpoint.BODY_DEADLINE_S == 10
