"""HTTP/1.1 byte by byte: a client library would repair, or refuse to send, an attacker's request."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any

TIMEOUT_S = 20.0

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """One response; status 0 if the server closed the connection without one."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def holds(self, words: str) -> bool:
        """Whether the words stand anywhere in the response."""
        return words in self.body.decode(errors="replace") or words in repr(self.headers)


def request(method: str, target: str, headers: Headers, body: bytes = b"") -> bytes:
    """Returns a request's bytes. `target` is sent as it is; Content-Length is added unless chunked."""
    lines = [b"%s %s HTTP/1.1" % (method.encode(), target.encode()), b"Host: localhost"]
    names = {name.lower() for name, _ in headers}
    if not names & {b"content-length", b"transfer-encoding"}:
        lines.append(b"Content-Length: %d" % len(body))
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"Connection: close", b"", body])


def chunked(body: bytes, size: int = 65_536) -> bytes:
    """Returns the body in chunks, for a request with Transfer-Encoding: chunked (RFC 9112, 7.1)."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def exchange(port: int, sent: bytes) -> Answer:
    """Sends the bytes and reads one response. A server may answer, and close, before it has read all."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as connection:
        with suppress(ConnectionError):  # refused in the middle of the body: the response can still be read
            connection.sendall(sent)
        try:
            response = HTTPResponse(connection, method=sent.partition(b" ")[0].decode(errors="replace"))
            response.begin()
            return Answer(response.status, dict(response.getheaders()), response.read())
        except (OSError, HTTPException):
            return Answer(0, {}, b"")
