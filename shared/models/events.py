"""What travels on the bus. Each event is complete by itself and may arrive twice, late and out of order."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from shared.models.bounds import GatewayId, Parts, Passage, Short
from shared.models.document import Name
from shared.models.people import Address
from shared.models.tenant import Slug


class Quote(BaseModel):
    """The message somebody replied to."""

    id: GatewayId = ""
    text: Passage = ""


class _FromGateway(BaseModel):
    """`id` is the gateway's own id without what varies between its spellings: the key that tells a repeat.
    `at` is the gateway's time, `received_at` ours; `order` is the event's place among those of the same time,
    0 if the gateway tells none (models/news.py)."""

    tenant: Slug
    channel: Slug
    id: str = Field(min_length=1, max_length=500)
    peer: Address
    at: datetime
    order: int = 0
    received_at: datetime


class MessageReceived(_FromGateway):
    kind: Literal["message"] = "message"
    parts: Parts
    quote: Quote | None = None
    forwarded: bool = False


class MessageEdited(_FromGateway):
    """`target` is the id of the message whose words are now `parts`."""

    kind: Literal["edited"] = "edited"
    target: str
    parts: Parts


class MessageDeleted(_FromGateway):
    kind: Literal["deleted"] = "deleted"
    target: str


class Reaction(_FromGateway):
    """An emoji on a message; empty where it was taken back."""

    kind: Literal["reaction"] = "reaction"
    target: str
    emoji: Short = ""


class StaffMessage(_FromGateway):
    """A human typed this on the organisation's own phone. `peer` is the person it was sent to."""

    kind: Literal["staff"] = "staff"
    parts: Parts


class PeerBlocked(_FromGateway):
    """The person blocked us, or took that back: the network says so, not they."""

    kind: Literal["blocked"] = "blocked"
    blocked: bool


class PeerMoved(_FromGateway):
    """The person is now also known under `identities` (a new phone number, a new user id)."""

    kind: Literal["moved"] = "moved"
    identities: list[str] = Field(min_length=1, max_length=5)


class Wake(BaseModel):
    """From the sweep: this conversation has pending messages and nobody on them."""

    kind: Literal["wake"] = "wake"
    tenant: Slug
    conversation: Name


class FetchMedia(BaseModel):
    """A file of this message could not be fetched in time for its turn. After `until` nobody tries again."""

    kind: Literal["fetch_media"] = "fetch_media"
    tenant: str
    channel: str
    conversation: str
    message: str
    until: datetime


class Warm(BaseModel):
    """Sent ahead by a new or idle webhook, so that the functions after it start: a message may follow.

    `tenant` and `channel` are the address that was called; they are not verified.
    """

    kind: Literal["warm"] = "warm"
    tenant: Slug
    channel: Slug


InboundEvent = Annotated[
    MessageReceived
    | MessageEdited
    | MessageDeleted
    | Reaction
    | StaffMessage
    | PeerBlocked
    | PeerMoved
    | Wake
    | FetchMedia,
    Field(discriminator="kind"),
]
#: Everything that the topic `inbound` carries.
INBOUND: TypeAdapter[InboundEvent | Warm] = TypeAdapter(
    Annotated[InboundEvent | Warm, Field(discriminator="kind")]
)

ReceiptStatus = Literal["sent", "delivered", "read", "failed"]


class Receipt(BaseModel):
    """The gateway tells how far one of our messages came. `turn` is the outbound message's id, where the
    gateway gives back what `send` told it."""

    kind: Literal["receipt"] = "receipt"
    tenant: Slug
    channel: Slug
    id: str = Field(min_length=1, max_length=500)
    status: ReceiptStatus
    detail: Short = ""
    turn: str = ""
    received_at: datetime


class SessionStatus(BaseModel):
    """The gateway tells how its own connection to the network is. `id` is "" if it gives the event none."""

    kind: Literal["session"] = "session"
    tenant: Slug
    channel: Slug
    id: str = ""
    status: str
    working: bool
    at: datetime
    order: int = 0


ReceiptEvent = Annotated[Receipt | SessionStatus, Field(discriminator="kind")]
#: Everything that the topic `receipts` carries.
RECEIPTS: TypeAdapter[ReceiptEvent | Warm] = TypeAdapter(
    Annotated[ReceiptEvent | Warm, Field(discriminator="kind")]
)


class OutboundReady(BaseModel):
    """There is something to send in this conversation; `message` is what was just committed."""

    kind: Literal["outbound"] = "outbound"
    tenant: Slug
    conversation: Name
    message: Name
