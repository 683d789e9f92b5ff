"""Events on the bus. Each is complete by itself, and may arrive twice, late and out of order."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter

from shared.models.bounds import GatewayId, Parts, Passage, Short
from shared.models.document import Name
from shared.models.people import Address
from shared.models.staff import Slug


class Quote(BaseModel):
    """The message that a message replies to."""

    id: GatewayId = ""
    text: Passage = ""


class _FromGateway(BaseModel):
    """An event from a gateway.

    `id` is the gateway's own id in one canonical spelling: the key for dedupe. `at` is the gateway's time,
    `received_at` ours; `order` is the event's place among events of the same time, 0 if the gateway gives
    none (models/news.py).
    """

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
    """An edit: the message with the id `target` now has these `parts`."""

    kind: Literal["edited"] = "edited"
    target: str
    parts: Parts


class MessageDeleted(_FromGateway):
    kind: Literal["deleted"] = "deleted"
    target: str


class Reaction(_FromGateway):
    """An emoji on a message; empty if the person removed it."""

    kind: Literal["reaction"] = "reaction"
    target: str
    emoji: Short = ""


class StaffMessage(_FromGateway):
    """A message that staff typed on the organisation's own phone. `peer` is the person it was sent to."""

    kind: Literal["staff"] = "staff"
    parts: Parts


class PeerBlocked(_FromGateway):
    """A report of the network that the person blocked us, or unblocked us."""

    kind: Literal["blocked"] = "blocked"
    blocked: bool


class PeerMoved(_FromGateway):
    """A report that the person now also has these `identities` (a new phone number, a new user id)."""

    kind: Literal["moved"] = "moved"
    identities: list[str] = Field(min_length=1, max_length=5)


class Wake(BaseModel):
    """A request of the sweep to run the turn of a conversation with pending messages and no lease."""

    kind: Literal["wake"] = "wake"
    tenant: Slug
    conversation: Name


class FetchMedia(BaseModel):
    """A request to fetch the files of a message that were not fetched in time for its turn, until `until`."""

    kind: Literal["fetch_media"] = "fetch_media"
    tenant: str
    channel: str
    conversation: str
    message: str
    until: datetime


class Reflect(BaseModel):
    """A request to look back at conversations outside their turns, each of which is due
    (inbound/reflecting.py)."""

    kind: Literal["reflect"] = "reflect"
    tenant: Slug
    conversations: list[Name] = Field(min_length=1, max_length=20)


class Warm(BaseModel):
    """A signal of a new or idle webhook to start the functions after it, because a message may follow.

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
    | FetchMedia
    | Reflect,
    Field(discriminator="kind"),
]
#: All events of the topic `inbound`.
INBOUND: TypeAdapter[InboundEvent | Warm] = TypeAdapter(
    Annotated[InboundEvent | Warm, Field(discriminator="kind")]
)

ReceiptStatus = Literal["sent", "delivered", "read", "failed"]


class Receipt(BaseModel):
    """The gateway's report on the delivery of one of our messages.

    `turn` is the outbound message's id if the gateway returns the reference that `send` gave it, else "".
    """

    kind: Literal["receipt"] = "receipt"
    tenant: Slug
    channel: Slug
    id: str = Field(min_length=1, max_length=500)
    status: ReceiptStatus
    detail: Short = ""
    turn: str = ""
    received_at: datetime


class SessionStatus(BaseModel):
    """The gateway's report on its own connection to the network. `id` is "" if the event has no id."""

    kind: Literal["session"] = "session"
    tenant: Slug
    channel: Slug
    id: str = ""
    status: str
    working: bool
    at: datetime
    order: int = 0


ReceiptEvent = Annotated[Receipt | SessionStatus, Field(discriminator="kind")]
#: All events of the topic `receipts`.
RECEIPTS: TypeAdapter[ReceiptEvent | Warm] = TypeAdapter(
    Annotated[ReceiptEvent | Warm, Field(discriminator="kind")]
)


class OutboundReady(BaseModel):
    """A request to send the messages queued in a conversation; `message` is the one committed last."""

    kind: Literal["outbound"] = "outbound"
    tenant: Slug
    conversation: Name
    message: Name


class HandoffDue(BaseModel):
    """A signal that a request for a human has something to do now, such as its first notification."""

    kind: Literal["due"] = "due"
    tenant: Slug
    handoff: Name


class RelayDue(BaseModel):
    """A message of a person that is for the member of staff who took the request, by a notifier."""

    kind: Literal["relay"] = "relay"
    tenant: Slug
    handoff: Name
    conversation: Name
    message: Name


class StaffAnswered(BaseModel):
    """An act of staff outside the tenant's channels: a button, a link, the reply to a mail.

    `id` is the vendor's id of the act, for dedupe. The request is named by `handoff` or, in an address for
    answers, by `token`. `who` is the account or address of the member of staff as the notifier knows it,
    `name` as it shows it. `text` is empty unless the act is `say`.
    """

    kind: Literal["answered"] = "answered"
    tenant: Slug
    notifier: Slug
    id: str = Field(min_length=1, max_length=500)
    act: Literal["take", "say", "close"]
    handoff: str = Field("", max_length=500)
    token: str = Field("", max_length=500)
    who: Short = ""
    name: Short = ""
    text: str = Field("", max_length=20_000)
    at: datetime


class OneTimeDue(BaseModel):
    """A conversation with a one-time code to be sent. The code is made when it is sent: no event has it."""

    kind: Literal["one_time"] = "one_time"
    tenant: Slug
    conversation: Name


HandoffEvent = Annotated[HandoffDue | RelayDue | StaffAnswered | OneTimeDue, Field(discriminator="kind")]
#: All events of the topic `handoffs`.
HANDOFFS: TypeAdapter[HandoffEvent] = TypeAdapter(HandoffEvent)


class OccurrencesDue(BaseModel):
    """Occurrences of a tenant that are due, to be sent or closed."""

    kind: Literal["due"] = "due"
    tenant: Slug
    occurrences: list[Name] = Field(min_length=1, max_length=100)


class ContactsDue(BaseModel):
    """Contacts of a tenant whose occurrences are to be planned anew."""

    kind: Literal["plan"] = "plan"
    tenant: Slug
    contacts: list[Name] = Field(min_length=1, max_length=100)


class ConversationsSilent(BaseModel):
    """Conversations in which the person has been silent for as long as a trigger waits."""

    kind: Literal["silent"] = "silent"
    tenant: Slug
    conversations: list[Name] = Field(min_length=1, max_length=100)


class TriggerDue(BaseModel):
    """A trigger to look at: it may have changed, or a walk over the contacts goes on."""

    kind: Literal["trigger"] = "trigger"
    tenant: Slug
    trigger: Slug


TriggerEvent = Annotated[
    OccurrencesDue | ContactsDue | ConversationsSilent | TriggerDue, Field(discriminator="kind")
]
#: All events of the topic `occurrences`.
OCCURRENCES: TypeAdapter[TriggerEvent] = TypeAdapter(TriggerEvent)


class SourceDue(BaseModel):
    """A source of a tenant's knowledge that is due to be read."""

    kind: Literal["source"] = "source"
    tenant: Slug
    source: Slug


#: All events of the topic `sources`.
SOURCES: TypeAdapter[SourceDue] = TypeAdapter(SourceDue)
