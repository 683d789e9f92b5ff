"""The gateway port: how a channel's gateway is looked after. One file per gateway beside this one, named as
its channel: `create(connection, address) -> Gateway`, where `address` is our webhook's for that channel.

This is administration: no message passes here, so what carries messages loads none of it.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from shared.channels._connection import Connection
from shared.errors import Rejected, Retry
from shared.platform.http import Unanswered, Unreachable

#: How long (s) one call may take: whoever waits is a person before a page, or a tick with more to do.
TIMEOUT_S = 10.0
#: A QR code is a few kilobytes.
_PNG_LIMIT = 200_000
_PNG = b"\x89PNG\r\n\x1a\n"

Step = Literal["scan", "paired", "starting", "stopped"]


class GatewayRefused(Rejected):
    """The gateway answered `answered`, a 4xx. Nothing else of its answer is kept: it may quote a secret."""

    def __init__(self, answered: int) -> None:
        super().__init__(
            424, f"the gateway answered {answered}: are the channel's settings and secrets right?"
        )
        self.answered = answered


class Unsupported(Rejected):
    """This gateway has no such thing; the text says what there is instead."""

    def __init__(self, detail: str) -> None:
        super().__init__(409, detail)


@dataclass(frozen=True)
class Status:
    """`status` is the gateway's own word; `working` where messages pass by it; `registered` where it posts
    what we need to our address."""

    status: str
    working: bool
    registered: bool


@dataclass(frozen=True)
class Pairing:
    """How far a pairing has come. `qr` is a PNG in base64 where `step` is `scan`, else empty; a `stopped` one
    goes on after a restart."""

    step: Step
    status: str
    qr: str = ""


class Gateway(Protocol):
    """A gateway to look after. Methods raise Retry if it does not answer, GatewayRefused if it refuses."""

    async def status(self) -> Status: ...

    async def pair(self) -> Pairing:
        """Changes nothing, so it may be asked again and again. Raises Unsupported."""
        ...

    async def restart(self) -> None:
        """Begins anew without forgetting the pairing. Raises Unsupported."""
        ...

    async def register(self) -> Mapping[str, str]:
        """Has the gateway post what we need to our address, authenticated and with retries; makes the session
        where there is none. May be repeated. Returns what is left to enter by hand in the vendor's console,
        as the field there and its value: it can hold a secret."""
        ...


async def ask(connection: Connection, method: str, url: str, **request: Any) -> dict[str, Any]:
    """The JSON object in a gateway's 2xx answer, an empty one where it holds none. Raises Retry and
    GatewayRefused."""
    try:
        answer = await connection.http.request(method, url, timeout=TIMEOUT_S, **request)
    except (Unreachable, Unanswered):
        raise Retry("gateway_unreachable") from None
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise Retry(f"gateway_http_{answer.status}", after=answer.retry_after)
    if not 200 <= answer.status < 300:
        raise GatewayRefused(answer.status)
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def base_url(connection: Connection) -> str:
    """Raises ConfigurationError where the setting is no address."""
    return connection.setting("base_url", r"https?://[^\s?#]+").rstrip("/")


def png(data: object) -> str:
    """The base64 text of a PNG; empty where it is none, as while a gateway is still drawing."""
    text = data.removeprefix("data:image/png;base64,") if isinstance(data, str) else ""
    try:
        image = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return text if image.startswith(_PNG) and len(image) <= _PNG_LIMIT else ""
