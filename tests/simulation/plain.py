"""Channel in the port's own format, for gateways whose wire format is not under test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zlib import crc32

from pydantic import BaseModel, TypeAdapter

from shared.channels import Connection, Download, Later, Parsed, Refused, SendResult, Sent, Unclear, Webhook
from shared.errors import Drop, Retry
from shared.models.events import InboundEvent, Receipt
from shared.models.parts import Choices, Media, Part, as_text, words
from shared.models.people import Address
from shared.models.terms import Terms
from shared.platform.http import Unanswered, Unreachable
from tests.simulation.people import AGENTS, DIGITS

if TYPE_CHECKING:
    from tests.simulation.process import Process


class Batch(BaseModel):
    """Several events in one request of such a gateway."""

    inbound: list[InboundEvent] = []
    receipts: list[Receipt] = []


#: Greatest difference (s) between the gateway's clock and ours, as the real channels assume.
_CLOCKS_DIFFER = 5.0
#: How long (s) a late file may still come.
_LATE = 20.0
_BATCH = TypeAdapter(Batch)


def shown(part: Part) -> str:
    """Returns the words of a part as a person sees them; those of a place or a file are its kind."""
    return as_text(part) or words(part)


def identity(channel: str, chat: str) -> str:
    """Returns the identity behind a chat; that of an agent is one of a network whose people can be staff."""
    return f"{'telegram' if int(chat) >= AGENTS and len(chat) == DIGITS else channel}:{chat}"


class PlainChannel:
    def __init__(self, process: Process, connection: Connection) -> None:
        self.terms: Terms = process.world.terms(connection.settings.channel)
        self._process, self._connection = process, connection
        self._gateway = process.world.gateways[connection.settings.channel]

    async def verify(self, webhook: Webhook) -> None: ...

    def parse(self, webhook: Webhook) -> Parsed:
        batch = _BATCH.validate_json(webhook.body)
        now = self._connection.now()
        for event in [*batch.inbound, *batch.receipts]:
            event.received_at = now  # type: ignore[union-attr]
        return Parsed(batch.inbound, list(batch.receipts))

    async def send(self, to: str, part: Part, *, turn: str) -> SendResult:
        # One of these gateways has buttons.
        choices = part.choices if isinstance(part, Choices) and self._gateway.channel == "listed" else []
        try:
            status, gateway_id = await self._gateway.send(
                self._process, to, shown(part), turn, choices=choices
            )
        except Unreachable:
            return Later("unreachable")
        except Unanswered:
            return Unclear("unanswered")
        match status:
            case 201 if gateway_id:
                return Sent(gateway_id)
            case 400:
                return Refused("http_400")
            case 429:
                return Later("http_429", after=5)
        return Unclear(f"http_{status}", over=status == 500)

    async def find_sent(self, to: str, part: Part, *, since: datetime, known: Sequence[str]) -> str | None:
        if not self._gateway.lists:
            raise NotImplementedError("this gateway keeps no list")
        earliest = self._process.world.clock.seconds(since) - _CLOCKS_DIFFER
        try:
            found = await self._gateway.listed(self._process, to, earliest)
        except (Unreachable, Unanswered) as error:
            raise Retry("gateway_unavailable") from error
        mine = (
            call.gateway_id for call in found if call.text == shown(part) and call.gateway_id not in known
        )
        return next(mine, None)

    async def fetch(self, media: Media) -> Download:
        """Has no file in the end; half of them may still come for a while, and hold back words after them."""
        now = self._process.world.loop.now
        asked_at = self._gateway.files.setdefault(media.caption, now)
        if crc32(media.caption.encode()) % 2 and now < asked_at + _LATE:
            raise Retry("media_late", after=_LATE)
        raise Drop("media_missing")

    def address(self, to: str) -> Address | None:
        if not to.isdecimal():  # it names people by numbers of its own
            return None
        return Address(chat=to, identities=[identity(self._connection.settings.channel, to)])

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        await self._show()

    async def show_typing(self, to: str) -> None:
        await self._show()

    async def _show(self) -> None:
        try:
            await self._gateway.show(self._process)
        except Unreachable as error:
            raise Retry("gateway_unavailable") from error
