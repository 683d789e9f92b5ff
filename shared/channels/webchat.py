"""The chat on a tenant's own web page: no gateway, so a message is sent once its document is written.

Settings: `allowed_origins`, the pages' origins (`https://hotel.example`), for CORS. Secret: `signing_key`. A
visitor is a random id that we signed with its expiry: the holder of the token is that visitor, and a token
cannot be made up. A page that asks in time gets a new one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple
from uuid import UUID

from pydantic import ConfigDict, StringConstraints

from shared.channels import Connection, Download, Parsed, SendResult, Sent, Webhook
from shared.errors import ConfigurationError, Drop, Rejected
from shared.formats import wire
from shared.models.events import MessageReceived
from shared.models.parts import Media, Part, Pressed, Text
from shared.models.people import Address
from shared.models.terms import Terms

#: How long a token is valid. Past half of that, it is renewed.
_LIFE = timedelta(days=30)
_VISITOR = re.compile(r"[A-Za-z0-9_-]{16,64}")
_BEARER = re.compile(r"Bearer ([A-Za-z0-9_-]{16,64})\.([1-9][0-9]{9})\.([0-9a-f]{64})")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(?::[0-9]{1,5})?")


def create(connection: Connection) -> Webchat:
    """Creates the channel. Raises ConfigurationError if `allowed_origins` is not a list of origins."""
    return Webchat(connection)


class Webchat:
    terms = Terms(pushes=False, voice=False)
    #: A visitor's post (bytes): 4,000 characters in UTF-8, with room for their JSON.
    body_limit = 32 * 1024

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        origins = connection.settings.settings.get("allowed_origins", [])
        if not isinstance(origins, list) or not all(_ORIGIN.fullmatch(origin) for origin in origins):
            raise ConfigurationError(
                f"{connection.place}: settings.allowed_origins: expected https://host[:port]"
            )
        #: Origins of the pages that may call us from a browser.
        self.allowed_origins = frozenset(origins)

    async def issue_token(self, visitor: str) -> str:
        """Returns the bearer token that makes its holder this visitor for a time.

        Raises ValueError unless the id is 16 to 64 characters of A-Z, a-z, 0-9, `_` and `-`; the caller makes
        it unguessable.
        """
        if not _VISITOR.fullmatch(visitor):
            raise ValueError("a visitor's id is 16 to 64 characters of A-Z, a-z, 0-9, _ and -")
        until = int((self._connection.now() + _LIFE).timestamp())
        return f"{visitor}.{until}.{await self._signature(visitor, until)}"

    async def verify(self, webhook: Webhook) -> None:
        token = _bearer(webhook)
        if not hmac.compare_digest(await self._signature(token.visitor, token.until), token.signature):
            raise Rejected(401, "Authorization: expected a token of this channel")
        if self._left(token) <= timedelta():
            raise Rejected(401, "Authorization: the token has expired (POST …/visitor gives a new one)")

    async def renew(self, webhook: Webhook) -> str | None:
        """Returns a new token for a verified request, or None if its own has more than half its life left."""
        token = _bearer(webhook)
        return await self.issue_token(token.visitor) if self._left(token) < _LIFE / 2 else None

    def visitor(self, webhook: Webhook) -> str:
        """Returns the visitor of a verified request: the chat of the conversation."""
        return _bearer(webhook).visitor

    def _left(self, token: _Token) -> timedelta:
        return datetime.fromtimestamp(token.until, UTC) - self._connection.now()

    async def _signature(self, visitor: str, until: int) -> str:
        key, signed = await self._connection.key("signing_key"), f"{self._connection.place}/{visitor}/{until}"
        return hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest()

    def parse(self, webhook: Webhook) -> Parsed:
        said = wire.read(_Message, wire.loads(webhook.body))
        visitor, now, settings = self.visitor(webhook), self._connection.now(), self._connection.settings
        message = MessageReceived(
            tenant=settings.tenant,
            channel=settings.channel,
            id=str(UUID(said.id)),
            peer=Address(chat=visitor, identities=[f"web:{visitor}"], name=said.name),
            at=now,
            received_at=now,
            parts=[Pressed(id=said.choice, title=said.text) if said.choice else Text(text=said.text)],
        )
        return Parsed(inbound=[message])

    async def send(self, to: str, part: Part, *, turn: str) -> SendResult:
        """Sends without a call: the page reads the message's document. A part has the same id each time."""
        digest = hashlib.sha256(f"{to}\n{part.model_dump_json()}".encode()).hexdigest()[:16]
        return Sent(f"{turn}.{digest}")

    async def find_sent(self, to: str, part: Part, *, since: datetime, known: Sequence[str]) -> str | None:
        raise NotImplementedError("a webchat's send leaves no doubt to settle")

    async def fetch(self, media: Media) -> Download:  # noqa: ARG002
        """Raises Drop: a visitor sends texts alone."""
        raise Drop("media_missing")

    def address(self, to: str) -> Address | None:  # noqa: ARG002 - a visitor writes first
        return None

    async def show_seen(self, to: str, gateway_ids: Sequence[str]) -> None:
        """Does nothing: the page shows no ticks."""

    async def show_typing(self, to: str) -> None:
        """Does nothing: the page shows "typing…" by itself, until the answer comes."""


class _Message(wire.Wire):
    """A message as the page posts it.

    `id` is made by the page, once for a message, however often it is posted. If the visitor pressed one of
    our choices, `choice` is its id and `text` its label.
    """

    model_config = ConfigDict(extra="forbid")
    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] = ""
    choice: Annotated[str, StringConstraints(max_length=200)] = ""


class _Token(NamedTuple):
    """A token's claims; `until` is in seconds since 1970."""

    visitor: str
    until: int
    signature: str


def _bearer(webhook: Webhook) -> _Token:
    match = _BEARER.fullmatch(webhook.headers.get("authorization", ""))
    if match is None:
        raise Rejected(401, "Authorization: expected Bearer <visitor>.<until>.<signature>")
    return _Token(match[1], int(match[2]), match[3])
