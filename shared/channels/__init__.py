"""The channel port: one file or package per gateway beside this one; its name is its registration.

A channel file defines `create(connection) -> Channel`. It turns the gateway's wire format into our words and
back, and maps the gateway's answers to their meaning for us; it decides nothing else. A package may also hold
`gateway.py` with `create(connection, address) -> Gateway`: how that gateway is looked after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from shared.models.terms import Terms

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


@dataclass(frozen=True)
class Webhook:
    """One HTTP request from a gateway. Header names are lower-case; `body` is the raw bytes."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


@dataclass
class Parsed:
    """All that one webhook held. `dropped` names what nobody needs (`group`, `own_echo`, …)."""

    inbound: list[InboundEvent] = field(default_factory=list)
    receipts: list[ReceiptEvent] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """The gateway took it, under this id."""

    gateway_id: str


@dataclass(frozen=True)
class Later:
    """It was certainly not sent; try again, after the seconds the gateway asked for. The reason `credentials`
    says that the gateway refuses our key, and alerts."""

    reason: str
    after: float | None = None


@dataclass(frozen=True)
class Unclear:
    """It may or may not have been sent. `over` where the gateway has answered, so that the call is not at
    work any more: what the gateway does not have then may be sent again at once."""

    reason: str
    over: bool = False


@dataclass(frozen=True)
class Refused:
    """It will never be sent."""

    reason: str


SendResult = Sent | Later | Unclear | Refused


class Channel(Protocol):
    terms: Terms

    async def verify(self, webhook: Webhook) -> None:
        """Raises Rejected(401) unless the gateway itself sent this, compared in constant time over the
        raw bytes, before anything of them is parsed."""
        ...

    def parse(self, webhook: Webhook) -> Parsed:
        """The whole batch. Raises Rejected(400) where the body is not the gateway's envelope."""
        ...

    async def send(self, to: str, part: Part, *, turn: str) -> SendResult:
        """`turn` is the outbound message's id: given to the gateway where it can carry it (a header
        `X-Concierge-Turn`, Meta's `biz_opaque_callback_data`), so that both sides' records can be matched. A
        text's `reply_to` is quoted where the gateway can."""
        ...

    async def find_sent(self, to: str, part: Part, *, since: datetime, known: Sequence[str]) -> str | None:
        """Settles an Unclear send: the gateway's id of the message that looks like this part, was sent at
        `since` or later and is not among the `known` ids; None where the gateway has no such message.
        Raises Retry where it cannot tell now, NotImplementedError where it never can."""
        ...

    async def fetch(self, media: Media) -> Download:
        """The file of a part that came in. Raises Retry where it may come yet, Drop where it never will:
        `media_missing` (the gateway names no file), `media_gone`, `media_too_large`, `media_forbidden` (an
        address that we must not call), `media_http_…`."""
        ...

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        """Shows "read" on the person's messages. Raises Retry where it did not work; nobody waits for it."""
        ...

    async def show_typing(self, to: str) -> None:
        """Shows "typing…", as `show_seen`."""
        ...
