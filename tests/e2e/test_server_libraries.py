"""Unusual requests over raw sockets, to the webhook and to the local run.

The webhook is served as on the platform, with the packages of its own lock. The two have different parsers
(infra/decisions/0017-server-libraries.md).
"""

from __future__ import annotations

import json
import re
import socket
import time
import urllib.request
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

from scripts.bench import messages
from scripts.bench.cloud import Cloud, on_sqlite
from scripts.bench.served import Deployment, serving
from tests.e2e.conftest import LocalRun

DEADLINE_S = 10.0
#: Time (s) in which a process must start, even on a busy machine.
START_DEADLINE_S = 60.0
CLOSE = b"Connection: close"
PROBE = Path(__file__).with_name("served_function.py")
_numbers = count(1)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with on_sqlite(tmp_path_factory.mktemp("odd")) as found:
        yield found


@pytest.fixture(scope="module")
def function(cloud: Cloud) -> Iterator[int]:
    """Yields the webhook's port."""
    with serving(cloud.ours("webhook")) as served:
        served.answer(messages.webhook(0, "FIRST"))
        yield served.port


@pytest.fixture(params=["function", "local_run"])
def port(request: pytest.FixtureRequest) -> int:
    if request.param == "function":
        return int(request.getfixturevalue("function"))
    run: LocalRun = request.getfixturevalue("concierge")
    return run.port


@pytest.fixture
def prefix(request: pytest.FixtureRequest, port: int) -> bytes:
    """Returns the start of the webhook's path."""
    return b"/webhook" if request.node.callspec.params["port"] == "local_run" else b""


def body() -> tuple[bytes, list[bytes]]:
    """Returns a new message from a gateway, and the headers that authenticate it."""
    ask = messages.webhook(900, f"ODD{next(_numbers)}X{time.time_ns()}")
    return ask.body, [f"{name}: {value}".encode() for name, value in ask.headers.items()]


def posted(prefix: bytes, *extra: bytes, version: bytes = b"HTTP/1.1", chunk: int = 0) -> bytes:
    """Returns a POST of a new message with these headers too, in chunks of `chunk` bytes, or whole if 0."""
    content, headers = body()
    if chunk:
        headers.append(b"Transfer-Encoding: chunked")
        parts = [content[at : at + chunk] for at in range(0, len(content), chunk)]
        content = b"".join(b"%x;note=odd\r\n%s\r\n" % (len(each), each) for each in [*parts, b""])
    else:
        headers.append(b"Content-Length: %d" % len(content))
    start = b"POST %s/hotel/waha %s" % (prefix, version)
    return b"\r\n".join([start, b"Host: localhost", *headers, *extra, b"", b""]) + content


def statuses(port: int, pieces: Sequence[bytes], *, pause: float = 0.0, end: bool = False) -> list[int]:
    """Sends the pieces on one connection, `pause` seconds apart; returns the statuses of all answers.

    Reads until the server has closed the connection. `end` closes our own side first.
    """
    with socket.create_connection(("localhost", port), timeout=DEADLINE_S) as connection:
        answer = b""
        try:
            for piece in pieces:
                connection.sendall(piece)
                time.sleep(pause)
            if end:
                connection.shutdown(socket.SHUT_WR)
            while received := connection.recv(65_536):
                answer += received
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before all was sent
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


def test_a_function_is_served_with_the_server_libraries_of_its_lock(cloud: Cloud) -> None:
    webhook = cloud.ours("webhook")
    probe = Deployment("libraries", PROBE, webhook.packages, webhook.environment, webhook.folder)
    with serving(probe) as served:
        served.answer(messages.webhook(0, "FIRST"))
        with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/", timeout=START_DEADLINE_S) as answer:
            assert json.load(answer) == {"loop": "uvloop", "parser": True}


def test_header_values_may_be_any_bytes(port: int, prefix: bytes) -> None:
    assert statuses(port, [posted(prefix, "X-Odd: café".encode() + b"\xff\xfe", CLOSE)]) == [200]


@pytest.mark.parametrize(
    "header",
    [
        b"X-Odd: a\x00b",
        "X-Oddité: a".encode(),
        b"X-Odd : a",
        b"Content-Length: 3",
        b"Content-Length: -1",
        b"Transfer-Encoding: whatever",
    ],
)
def test_a_malformed_or_ambiguous_head_is_refused(port: int, prefix: bytes, header: bytes) -> None:
    assert statuses(port, [posted(prefix, header)]) == [400]


@pytest.mark.parametrize("chunk", [1, 50, 100_000])
def test_a_body_may_come_in_chunks(port: int, prefix: bytes, chunk: int) -> None:
    assert statuses(port, [posted(prefix, CLOSE, chunk=chunk)]) == [200]


def test_a_request_may_come_in_bits(port: int, prefix: bytes) -> None:
    whole = posted(prefix, CLOSE)
    assert statuses(port, [whole[at : at + 97] for at in range(0, len(whole), 97)], pause=0.005) == [200]


def test_a_request_that_is_cut_off_gets_no_answer_and_harms_no_other(port: int, prefix: bytes) -> None:
    assert statuses(port, [posted(prefix)[:-10]], end=True) == []
    assert statuses(port, [posted(prefix, CLOSE)[:40]], end=True) == []
    assert statuses(port, [posted(prefix, CLOSE)]) == [200]


def test_others_are_answered_while_a_body_is_slow(port: int, prefix: bytes) -> None:
    with socket.create_connection(("localhost", port), timeout=DEADLINE_S) as slow:
        whole = posted(prefix, CLOSE)
        slow.sendall(whole[:-10])
        assert statuses(port, [posted(prefix, CLOSE)]) == [200]
        slow.sendall(whole[-10:])
        assert slow.recv(65_536).startswith(b"HTTP/1.1 200 ")


def test_pipelined_requests_are_each_answered(port: int, prefix: bytes) -> None:
    assert statuses(port, [posted(prefix) + posted(prefix) + posted(prefix, CLOSE)]) == [200, 200, 200]


def test_http_1_0_is_answered_and_closed(port: int, prefix: bytes) -> None:
    assert statuses(port, [posted(prefix, version=b"HTTP/1.0")]) == [200]


def test_a_client_that_waits_for_100_is_told_to_continue(port: int, prefix: bytes) -> None:
    assert statuses(port, [posted(prefix, b"Expect: 100-continue", CLOSE)]) == [100, 200]


def test_a_body_that_is_too_long_is_refused_in_chunks_too(port: int, prefix: bytes) -> None:
    long = b"a" * 2_000_000
    start = b"POST %s/hotel/waha HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" % prefix
    assert statuses(port, [start + b"Content-Length: 2000000\r\n\r\n" + long]) == [413]
    chunk = b"Transfer-Encoding: chunked\r\n\r\n1e8480\r\n" + long + b"\r\n0\r\n\r\n"
    assert statuses(port, [start + chunk]) == [413]


@pytest.mark.parametrize("start", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"hello\r\n\r\n", b"\0"])
def test_another_protocol_is_refused(port: int, start: bytes) -> None:
    assert statuses(port, [start + b"\0" * 500]) == [400]


def test_the_local_run_reads_the_body_of_a_request_that_offers_http_2(concierge: LocalRun) -> None:
    """Java's HTTP client and editors built on it offer HTTP/2 on plain http."""
    offer = (b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA")
    first = posted(b"/webhook", *offer, b"Connection: Upgrade, HTTP2-Settings")
    assert statuses(concierge.port, [first + posted(b"/webhook", CLOSE)]) == [200, 200]


def test_the_local_run_refuses_a_head_that_is_too_long(concierge: LocalRun) -> None:
    assert statuses(concierge.port, [posted(b"/webhook", b"X-Odd: " + b"a" * 200_000)]) in ([400], [])
