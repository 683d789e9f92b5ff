"""The channel port: one file per gateway beside this one; the file's name is its registration.

A channel file defines `create(connection) -> Channel`. It turns the gateway's wire format into our words
and back, and maps what the gateway answers to what it means for us; it decides nothing else.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.models.events import InboundEvent, ReceiptEvent
from shared.models.parts import Part
from shared.models.tenant import Channel as Settings
from shared.platform.http import Http


@dataclass(frozen=True)
class Connection:
    """What a channel file is given: the tenant's settings, its secrets by the file's own names for them
    (`await connection.secret("api_key")`), HTTP and the time."""

    settings: Settings
    secret: Callable[[str], Awaitable[str]]
    http: Http
    now: Callable[[], datetime]


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
    """It was certainly not sent; try again, after the seconds the gateway asked for."""

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
    async def verify(self, webhook: Webhook) -> None:
        """Raises Rejected(401) unless the gateway itself sent this, compared in constant time over the
        raw bytes, before anything of them is parsed."""
        ...

    def parse(self, webhook: Webhook) -> Parsed:
        """The whole batch. Raises Rejected(400) where the body is not the gateway's envelope."""
        ...

    async def send(self, to: str, part: Part, *, turn: str) -> SendResult:
        """`turn` is the outbound message's id: given to the gateway where it can carry it (a header
        `X-Concierge-Turn`, Meta's `biz_opaque_callback_data`), so that both sides' records can be matched."""
        ...

    async def find_sent(self, to: str, part: Part, *, since: datetime, known: Sequence[str]) -> str | None:
        """Settles an Unclear send: the gateway's id of the message that looks like this part, was sent at
        `since` or later and is not among the `known` ids; None where the gateway has no such message.
        Raises Retry where it cannot tell now, NotImplementedError where it never can."""
        ...

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        """Shows "read" on the person's messages. Raises Retry where it did not work; nobody waits for it."""
        ...

    async def show_typing(self, to: str) -> None:
        """Shows "typing…", as `show_seen`."""
        ...
