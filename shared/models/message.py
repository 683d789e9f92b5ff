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
#: Time in which an accepted inbound message gets its outcome; after it the message is overdue, which alerts.
OUTCOME_WITHIN = timedelta(minutes=15)
#: The reason of a message that was open in a restored database (upkeep/settling.py).
RESTORED = "restored"


class Outcome(StrEnum):
    """The final state of an accepted inbound message."""

    ANSWERED = "answered"
    MERGED = "merged"
    LEFT_TO_HUMAN = "left_to_human"
    HANDED_OFF = "handed_off"
    SUPPRESSED = "suppressed"
    DEAD_LETTERED = "dead_lettered"


class Status(StrEnum):
    """The delivery status of an outbound message or of one of its parts."""

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
        """Whether the function `deliver` still has work with it."""
        return self in (Status.QUEUED, Status.SENDING, Status.UNKNOWN)


class _Message(Document):
    path: ClassVar[str] = "tenants/{tenant}/conversations/{conversation}/messages/{message}"
    discriminator: ClassVar[str] = "direction"
    tenant: str
    conversation: str
    message: str
    channel: str
    text: str = ""
    #: When it is overdue, for the ledger's alert (inbound) or the sweep (outbound); None if settled.
    due_at: datetime | None = None


class Inbound(_Message):
    """A message of a person.

    `at` and `order` are the gateway's; `turn` is the outbound message that answers it; `late` if it reached
    us long after it was written (answers/late.py).
    """

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
    #: Whether an emergency's request for a human counts it already.
    urgent: bool = False
    #: The member of staff who wrote it, "" if a person did (tenants/roster.py).
    staff: str = ""
    outcome: Outcome | None = None
    reason: str = ""
    turn: str = ""

    @property
    def id(self) -> str:
        """The gateway's id, as in the event."""
        return self.gateway_id

    def settle(self, outcome: Outcome, reason: str, turn: str = "") -> None:
        """Ends the message with its one outcome. `turn` is the outbound message that answers it."""
        self.outcome, self.reason, self.turn, self.due_at = outcome, reason, turn or self.turn, None

    def reopen(self, now: datetime) -> None:
        """Takes the outcome back: the message waits for an answer again."""
        self.outcome, self.reason, self.turn, self.due_at = None, "", "", now + OUTCOME_WITHIN


class SentPart(BaseModel):
    """One part of an outbound message, and its delivery status.

    `calls` counts the calls to the gateway that may have reached the person; `attempted_at` is the start of
    the last call; after `repeatable_at` a call that the gateway has no record of may be repeated.
    """

    part: Part
    status: Status = Status.QUEUED
    gateway_id: str = ""
    calls: int = 0
    attempted_at: datetime | None = None
    repeatable_at: datetime | None = None


class Claim(BaseModel):
    """The exclusive right of `owner`, until `until`, to send a message."""

    owner: str
    until: datetime


class Outbound(_Message):
    """A message of ours, sent part by part; `seq` orders a conversation's outbox; `open` until settled."""

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
    #: Time of the person's last message before this was queued: the network's window begins with it.
    heard_at: datetime | None = None
    #: Sent instead if the network's window is over; without a template, a human is called then.
    template: Template | None = None
    #: Earliest time to send it, if the network's pace for the person is used up.
    not_before: datetime | None = None
    #: Whether a human stepped in: parts that were not sent yet must not be sent.
    cancelled: bool = False
    #: The request for a human that it is about, and the member of staff whom it tells, or whose words it has
    #: (`author` is then `staff`).
    handoff: str = ""
    staff: str = ""
    #: The trigger that began it, "" for all other messages; its occurrence has the message's own id.
    trigger: str = ""
    gateway_ids: list[str] = []
    sent_at: datetime | None = None
    error: str = ""

    @property
    def held(self) -> bool:
        """Whether it was open in a restored database, so that its result is not known."""
        return self.status == Status.UNKNOWN and self.error == RESTORED

    def hold(self) -> None:
        """Settles an open message of a restored database, which may have been sent since: it is not sent
        again unless an operator decides so."""
        for part in self.parts:
            if part.status.open:
                part.status = Status.UNKNOWN
        self.close(Status.UNKNOWN, RESTORED)

    def release(self, now: datetime) -> None:
        """Queues the parts of a held message again, as if it had been written now."""
        for part in self.parts:
            if part.status == Status.UNKNOWN:
                part.status = Status.QUEUED
        self.status, self.error, self.open = Status.QUEUED, "", True
        self.at, self.due_at, self.not_before = now, now, None

    def close(self, status: Status, error: str = "") -> None:
        """Settles the message. A queued part becomes cancelled or failed like the message.

        A part that may have been sent keeps its status, unless the message has failed and the part is open.
        """
        ended = Status.FAILED if status == Status.FAILED else Status.CANCELLED
        for part in self.parts:
            if part.status == Status.QUEUED or (part.status.open and status == Status.FAILED):
                part.status = ended
        self.status, self.error = status, error
        self.open, self.claim, self.due_at = False, None, None
