"""A gateway's own state: whether it is paired, the code to scan, the address that it posts to."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from scripts.local.vendors.gateway import Answer
from shared.models.tenant import Channel

T = TypeVar("T")
#: The session's calls: method, and path below the gateway's base_url.
Calls = Sequence[tuple[str, str]]


class Session(Protocol):
    """A new gateway's state: not paired, and without an address to post to."""

    @classmethod
    def registered(cls, channel: Channel, address: str) -> Session:
        """Returns a paired session that posts to the address, as after `make gateway … register`."""
        ...

    @property
    def address(self) -> str:
        """The address that it posts to."""
        ...

    @property
    def calls(self) -> Calls: ...

    def pair(self, *, paired: bool = True) -> None:
        """Pairs it, as by a scan of its code, or ends the pairing, as on the phone."""
        ...

    def do(self, method: str, path: str, body: Any) -> Answer:
        """Carries out one call and returns the vendor's response. Raises ValueError if the body is
        invalid."""
        ...


def given(body: Any, name: str, kind: type[T]) -> T:
    """Returns a body's field. Raises ValueError if it is missing or of another type."""
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be a {kind.__name__}")
    return value


def code(number: int = 1) -> str:
    """Returns a picture that looks like a QR code, as a PNG in base64."""
    size, dots = 33, random.Random(number)  # noqa: S311
    rows = [
        bytes([0])
        + bytes(255 * dots.choice((0, 1)) if 2 <= x < 31 and 2 <= y < 31 else 255 for x in range(size))
        for y in range(size)
    ]
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(rows))),
        (b"IEND", b""),
    ]
    image = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return base64.b64encode(image).decode()
