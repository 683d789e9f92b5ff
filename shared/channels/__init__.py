"""The channel port: one file per gateway beside this one, or a package where it has grown; its name is its
registration.

A channel file defines `create(connection) -> Channel`. It turns the gateway's wire format into our words
and back, and maps what the gateway answers to what it means for us; it decides nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shared.errors import ConfigurationError, Drop, Retry
from shared.models.events import InboundEvent, ReceiptEvent
from shared.models.parts import Media, Part
from shared.models.tenant import Channel as Settings
from shared.models.terms import Terms
from shared.platform.guard import Forbidden
from shared.platform.http import Http, TooLarge, Unanswered, Unreachable

#: The largest file (bytes) that is fetched.
MEDIA_LIMIT = 25 * 1024 * 1024


@dataclass(frozen=True)
class Connection:
    """What a channel file is given: the tenant's settings, its secrets by the file's own names for them
    (`await connection.secret("api_key")`), HTTP and the time."""

    settings: Settings
    secret: Callable[[str], Awaitable[str]]
    http: Http
    now: Callable[[], datetime]

    @property
    def place(self) -> str:
        """Which channel of whom, for messages to the operator."""
        return f"{self.settings.tenant}/{self.settings.channel}"

    def setting(self, name: str, pattern: str) -> str:
        """A setting that matches the regular expression. Raises ConfigurationError where there is none."""
        value = self.settings.settings.get(name)
        text = str(value) if isinstance(value, str | int) else ""
        if not re.fullmatch(pattern, text):
            raise ConfigurationError(f"{self.place}: settings.{name}: expected {pattern}")
        return text

    async def key(self, name: str) -> str:
        """A secret that proves who sent something. Raises ConfigurationError where it is empty: anyone could
        sign with that."""
        value = await self.secret(name)
        if not value:
            raise ConfigurationError(f"{self.place}: secrets.{name} is empty")
        return value

    async def download(self, url: str, *, own: str, headers: Mapping[str, str] | None = None) -> Download:
        """The file at an address that a gateway told; `own` is the gateway's base_url (see guard.target).
        Raises what `Channel.fetch` does."""
        try:
            answer = await self.http.fetch(url, own=own, limit=MEDIA_LIMIT, headers=headers, timeout=8.0)
        except Forbidden as refused:
            raise Drop("media_forbidden") from refused
        except TooLarge as refused:
            raise Drop("media_too_large") from refused
        except (Unreachable, Unanswered) as error:
            raise Retry("media_unavailable") from error
        if answer.status == 200:
            return Download(answer.body, answer.headers.get("content-type", ""))
        if answer.status in (408, 425, 429) or answer.status >= 500:
            raise Retry(f"media_http_{answer.status}", after=answer.retry_after)
        raise Drop("media_gone" if answer.status in (404, 410) else f"media_http_{answer.status}")


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


@dataclass(frozen=True)
class Download:
    """A file as the gateway gave it, and the type that it says the file has."""

    data: bytes
    content_type: str


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
