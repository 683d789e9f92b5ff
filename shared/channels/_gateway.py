"""The gateway port: administration of a channel's gateway.

One file per gateway beside this one, named as its channel: `create(connection, address) -> Gateway`, where
`address` is our webhook's for that channel. No message passes here, so the functions that carry messages load
none of it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from shared.channels._connection import Connection
from shared.errors import Rejected, Retry
from shared.formats import wire
from shared.platform.http import Unanswered, Unreachable

#: Deadline (s) of one call: a person waits for it before a page, or a scheduled run has more to do.
TIMEOUT_S = 10.0
#: A QR code is a few kilobytes.
_PNG_LIMIT = 200_000
_PNG = b"\x89PNG\r\n\x1a\n"

Step = Literal["scan", "paired", "starting", "stopped"]


class GatewayRefused(Rejected):
    """The gateway answered `answered`, a 4xx. The rest of its answer is dropped: it may quote a secret."""

    def __init__(self, answered: int) -> None:
        super().__init__(
            424, f"the gateway answered {answered}: are the channel's settings and secrets right?"
        )
        self.answered = answered


class Unsupported(Rejected):
    """This gateway does not support the operation; the text names the alternative."""

    def __init__(self, detail: str) -> None:
        super().__init__(409, detail)


@dataclass(frozen=True)
class Status:
    """State of a gateway.

    `status` is the gateway's own word; `working` if it can carry messages; `registered` if it posts the
    needed events to our address.
    """

    status: str
    working: bool
    registered: bool


@dataclass(frozen=True)
class Pairing:
    """State of a pairing.

    `qr` is a PNG in base64 if `step` is `scan`, else empty; a `stopped` pairing continues after a restart.
    """

    step: Step
    status: str
    qr: str = ""


class Gateway(Protocol):
    """Administration of a gateway. Methods raise Retry without an answer, GatewayRefused if it refuses."""

    async def status(self) -> Status: ...

    async def pair(self) -> Pairing:
        """Returns the state of the pairing; may be repeated. Raises Unsupported."""
        ...

    async def restart(self) -> None:
        """Restarts the session and keeps the pairing. Raises Unsupported."""
        ...

    async def register(self) -> Mapping[str, str]:
        """Makes the gateway post the needed events to our address, authenticated and with retries.

        Creates the session if there is none; may be repeated. Returns the values left to enter by hand in the
        vendor's console, by field: a value can be a secret.
        """
        ...


async def ask(connection: Connection, method: str, url: str, **request: Any) -> dict[str, Any]:
    """Returns the JSON object in a gateway's 2xx answer, or an empty one.

    Raises Retry and GatewayRefused.
    """
    try:
        answer = await connection.http.request(method, url, timeout=TIMEOUT_S, **request)
    except (Unreachable, Unanswered):
        raise Retry("gateway_unreachable") from None
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise Retry(f"gateway_http_{answer.status}", after=answer.retry_after)
    if not 200 <= answer.status < 300:
        raise GatewayRefused(answer.status)
    found = wire.as_it_stands(answer.body)
    return found if isinstance(found, dict) else {}


def base_url(connection: Connection) -> str:
    """Returns the setting `base_url`. Raises ConfigurationError if it is no address."""
    return connection.setting("base_url", r"https?://[^\s?#]+").rstrip("/")


def png(data: object) -> str:
    """Returns the base64 text of a PNG, or "" for other data, as while a gateway still draws it."""
    text = data.removeprefix("data:image/png;base64,") if isinstance(data, str) else ""
    try:
        image = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return text if image.startswith(_PNG) and len(image) <= _PNG_LIMIT else ""
