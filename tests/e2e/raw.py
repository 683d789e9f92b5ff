"""Requests to the local run as bytes, on a socket."""

from __future__ import annotations

import json
import socket
import time

from tests.e2e.concierge import sign, waha_message
from tests.e2e.conftest import LocalRun

QUESTION = "What time is breakfast?"
HOOK = b"/webhook/hotel/waha"
GO_AHEAD = b"HTTP/1.1 100 Continue\r\n\r\n"


def ask(run: LocalRun, raw: bytes, *later: bytes) -> tuple[int, bytes]:
    """Sends the bytes, then each of `later` a second after the last; returns the answer's status and body."""
    with socket.create_connection(("127.0.0.1", run.port), timeout=25) as connection:
        connection.sendall(raw)
        for piece in later:
            time.sleep(1)
            try:
                connection.sendall(piece)
            except OSError:  # refused: the rest is not read
                break
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    head, _, body = answer.removeprefix(GO_AHEAD).partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def raw(target: bytes, *headers: bytes, method: bytes = b"POST", body: bytes = b"") -> bytes:
    lines = [b"%s %s HTTP/1.1" % (method, target), b"Host: localhost", b"Connection: close", *headers]
    lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def signature(body: bytes) -> bytes:
    return b"X-Webhook-Hmac: " + sign(body).encode()


def signed(body: bytes, target: bytes = HOOK, *headers: bytes) -> bytes:
    return raw(target, signature(body), *headers, body=body)


def message(who: str, **payload: object) -> bytes:
    return json.dumps(waha_message(who, QUESTION, f"ODD{who}", **payload)).encode()
