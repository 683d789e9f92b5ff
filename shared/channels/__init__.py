"""The channel port: one file or package per gateway beside this one; its name is its registration.

A channel file defines `create(connection) -> Channel`. It translates between the gateway's wire format and
our models, and maps the gateway's answers to our results; it makes no other decision. A package may also hold
`gateway.py` with `create(connection, address) -> Gateway`, for the administration of that gateway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.channels._connection import MEDIA_LIMIT, Connection, Download
from shared.channels._gateway import (
    Gateway,
    GatewayRefused,
    Pairing,
    Status,
    Step,
    Unsupported,
    ask,
    base_url,
    png,
)
from shared.models.events import InboundEvent, ReceiptEvent
from shared.models.parts import Media, Part
from shared.models.people import Address
from shared.models.terms import Terms
from shared.models.webhook import Webhook

__all__ = [
    "MEDIA_LIMIT",
    "Channel",
    "Connection",
    "Download",
    "Gateway",
    "GatewayRefused",
    "Later",
    "Pairing",
    "Parsed",
    "Refused",
    "SendResult",
    "Sent",
    "Status",
    "Step",
    "Unclear",
    "Unsupported",
    "Webhook",
    "ask",
    "base_url",
    "png",
]


@dataclass
class Parsed:
    """The events of one webhook request. `dropped` has the reason of each ignored one (`group`, …)."""

    inbound: list[InboundEvent] = field(default_factory=list)
    receipts: list[ReceiptEvent] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """The gateway accepted the message, under this id."""

    gateway_id: str


@dataclass(frozen=True)
class Later:
    """The message was certainly not sent: try again, after the seconds that the gateway asked for.

    The reason `credentials` says that the gateway refuses our key, and raises an alert.
    """

    reason: str
    after: float | None = None


@dataclass(frozen=True)
class Unclear:
    """The message may or may not have been sent.

    `over` is set if the gateway has answered, so that the call has ended: a message that the gateway then
    does not have may be sent again at once.
    """

    reason: str
    over: bool = False


@dataclass(frozen=True)
class Refused:
    """The message can never be sent."""

    reason: str


SendResult = Sent | Later | Unclear | Refused


class Channel(Protocol):
    terms: Terms

    async def verify(self, webhook: Webhook) -> None:
        """Raises Rejected(401) unless the gateway itself sent this request.

        Compared in constant time over the raw bytes, before any parsing.
        """
        ...

    def parse(self, webhook: Webhook) -> Parsed:
        """Returns the request's events. Raises Rejected(400) if the body is not the gateway's envelope."""
        ...

    async def send(self, to: str, part: Part, *, turn: str) -> SendResult:
        """Sends a part.

        `turn` is the outbound message's id, given to the gateway if it can carry it (a header
        `X-Concierge-Turn`, Meta's `biz_opaque_callback_data`), so that both sides' records can be matched. A
        text's `reply_to` is quoted if the gateway can.
        """
        ...

    async def find_sent(self, to: str, part: Part, *, since: datetime, known: Sequence[str]) -> str | None:
        """Settles an Unclear send: returns the gateway's id of the sent message, or None if it has none.

        It is the message that looks like this part, was sent at `since` or later and is not among the `known`
        ids. Raises Retry if the gateway cannot tell now, NotImplementedError if it never can.
        """
        ...

    async def fetch(self, media: Media) -> Download:
        """Returns the file of a received part. Raises Retry if it may still come, Drop if it never will.

        The reasons of Drop: `media_missing` (the gateway names no file), `media_gone`, `media_too_large`,
        `media_forbidden` (an address that we must not call), `media_http_…`.
        """
        ...

    def address(self, to: str) -> Address | None:
        """Returns the address of a person for a first message, or None if the network does not allow it.

        `to` is a phone number in E.164, or the network's own id of a person.
        """
        ...

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        """Shows "read" on the person's messages. Raises Retry if it failed; no turn waits for it."""
        ...

    async def show_typing(self, to: str) -> None:
        """Shows "typing…". Raises Retry if it failed; no turn waits for it."""
        ...
