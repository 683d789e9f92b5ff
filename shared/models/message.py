"""Messages: one document per message in or out, under its conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel

from shared.models.document import Document
from shared.models.events import Quote
from shared.models.news import Latest
from shared.models.parts import Part, Template

#: Idle time after which the sweep publishes an open outbound message again.
RESEND_AFTER = timedelta(minutes=2)
#: Time in which an accepted inbound message gets its outcome; later it counts as overdue, which alerts.
OUTCOME_WITHIN = timedelta(minutes=15)


class Outcome(StrEnum):
    """The one way in which an accepted inbound message ended."""

    ANSWERED = "answered"
    MERGED = "merged"
    LEFT_TO_HUMAN = "left_to_human"
    HANDED_OFF = "handed_off"
    SUPPRESSED = "suppressed"
    DEAD_LETTERED = "dead_lettered"


class Status(StrEnum):
    """How far an outbound part, or a whole outbound message, has come."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    FAILED = "failed"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"

    @property
    def open(self) -> bool:
        """Whether deliver still has something to do."""
        return self in (Status.QUEUED, Status.SENDING, Status.UNKNOWN)


class _Message(Document):
    path: ClassVar[str] = "tenants/{tenant}/conversations/{conversation}/messages/{message}"
    discriminator: ClassVar[str] = "direction"
    tenant: str
    conversation: str
    message: str
    channel: str
    text: str = ""
    #: When it counts as overdue: the ledger's alarm (inbound) or the sweep (outbound). None when settled.
    due_at: datetime | None = None


class Inbound(_Message):
    """What a person sent. `at` and `order` are the gateway's; `turn` is the outbound message that answers it;
    `late` if it reached us long after it was written (answers/late.py)."""

    direction: Literal["in"] = "in"
    gateway_id: str
    parts: list[Part]
    at: datetime
    order: int = 0
    received_at: datetime
    late: bool = False
    quote: Quote | None = None
    forwarded: bool = False
    edited: bool = False
    #: The newest edit.
    edit: Latest | None = None
    deleted: bool = False
    #: An emergency's request for a human counts it already.
    urgent: bool = False
    outcome: Outcome | None = None
    reason: str = ""
    turn: str = ""

    @property
    def id(self) -> str:
        """The gateway's id, as the event had it."""
        return self.gateway_id


class SentPart(BaseModel):
    """One part of an outbound message and how far it came. `calls` counts those that may have reached the
    person, `attempted_at` is when the last one was begun, `repeatable_at` from when on one that the gateway
    knows nothing of may be made again."""

    part: Part
    status: Status = Status.QUEUED
    gateway_id: str = ""
    calls: int = 0
    attempted_at: datetime | None = None
    repeatable_at: datetime | None = None


class Claim(BaseModel):
    """Who is sending, and until when nobody else may."""

    owner: str
    until: datetime


class Outbound(_Message):
    """What we send, part by part. `seq` orders a conversation's outbox; `open` while deliver has work."""

    direction: Literal["out"] = "out"
    author: Literal["concierge", "staff"] = "concierge"
    to: str
    parts: list[SentPart]
    at: datetime
    seq: int
    answers: list[str] = []
    status: Status = Status.QUEUED
    open: bool = True
    attempts: int = 0
    claim: Claim | None = None
    #: When the person last wrote before this was queued: it tells until when a network lets us write freely.
    heard_at: datetime | None = None
    #: What goes instead where that time is over; without one, a human is called.
    template: Template | None = None
    #: The person has been written to so fast that this has to wait.
    not_before: datetime | None = None
    #: A human stepped in: what is not on its way yet is not to be sent any more.
    cancelled: bool = False
    gateway_ids: list[str] = []
    sent_at: datetime | None = None
    error: str = ""

    def close(self, status: Status, error: str = "") -> None:
        """Deliver has nothing more to do here. What never left is cancelled or failed with the message;
        what may have left keeps what is known of it."""
        ended = Status.FAILED if status == Status.FAILED else Status.CANCELLED
        for part in self.parts:
            if part.status == Status.QUEUED or (part.status.open and status == Status.FAILED):
                part.status = ended
        self.status, self.error = status, error
        self.open, self.claim, self.due_at = False, None, None
