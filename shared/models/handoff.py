"""A request for a human, with its life; the desk, which knows who works on what; and notices to staff.

    requested → notified → taken → closed | expired
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, model_validator

from shared.models.document import Document

HandoffReason = Literal[
    "asked",
    "emergency",
    "danger",
    "no_answer",
    "failed_answers",
    "mood",
    "step",
    "dead_letter",
    "delivery_failed",
    "late",
    "spend_cap",
]
HandoffState = Literal["requested", "notified", "taken", "closed", "expired"]
StepName = Literal[
    "requested",  # a reason was added; `why` has it
    "notified",
    "not_notified",
    "taken",
    "refused",
    "transferred",
    "first_words",
    "promised",
    "apologised",
    "escalated",
    "note",
    "closed",
    "expired",
    "rated",
]
#: States of a request that somebody still has to work on.
OPEN: tuple[HandoffState, ...] = ("requested", "notified", "taken")
#: Most ids of messages in a request, the newest.
MESSAGES_LIMIT = 20
#: Most steps and notes that a request keeps: the first ones and the newest.
_FIRST_STEPS, STEPS_LIMIT = 20, 200
#: Acts on the organisation's own phone, and in the database's console, in place of a member of staff.
PHONE, CONSOLE = "phone", "console"


class Step(BaseModel):
    """One step of a request: `by` did it, `to` was told or took it, on this `way` (a channel or notifier)."""

    at: datetime
    step: StepName
    by: str = ""
    to: str = ""
    way: str = ""
    result: str = ""
    why: str = ""


class Handoff(Document):
    """A request for a human. `count` messages asked for it; `messages` has the newest ids.

    An administrator commands it in the database's console: `taken_by`, written there, gives it to that member of
    staff, and `state: closed` gives it back. `taken_by` is carried out if it differs from `holder`; `refused` then
    says in a sentence why it was not.
    """

    path: ClassVar[str] = "tenants/{tenant}/handoffs/{handoff}"
    tenant: str
    handoff: str
    conversation: str
    contact: str
    #: The number by which staff name it, 0 before the first notification. No other request of the tenant has it.
    number: int = 0
    name: str = ""
    language: str = ""
    mood: Literal["neutral", "unhappy"] = "neutral"
    reason: HandoffReason
    reasons: list[HandoffReason] = []
    state: HandoffState = "requested"
    taken_by: str = ""
    #: The member of staff who has it, or PHONE; set together with `taken_by` by our own code.
    holder: str = ""
    refused: str = ""
    summary: str = ""
    #: The person or function that was asked for, as it was written.
    whom: str = ""
    messages: list[str] = []
    count: int = 0
    created_at: datetime
    notified_at: datetime | None = None
    taken_at: datetime | None = None
    first_words_at: datetime | None = None
    closed_at: datetime | None = None
    #: The time of an answer that the person was told of, None if none; and how many such times passed unkept.
    promised_at: datetime | None = None
    broken: int = 0
    #: Rungs of the ladder that were climbed (handoff/ladder.py).
    rung: int = 0
    rating: int | None = None
    #: Names this request in an address for answers: random, lower case.
    token: str = ""
    #: When the next step is due, None if none is.
    due_at: datetime | None = None
    steps: list[Step] = []
    notes: list[str] = []

    @model_validator(mode="before")
    @classmethod
    def _named(cls, fields: Any) -> Any:
        """Reads the state's former name."""
        if isinstance(fields, dict) and fields.get("state") == "waiting":
            return fields | {"state": "requested"}
        return fields

    @property
    def open(self) -> bool:
        """Whether somebody still has to work on it."""
        return self.state in OPEN

    @property
    def urgent(self) -> bool:
        """Whether an emergency is among its reasons."""
        return "emergency" in self.reasons or self.reason == "emergency"

    def ask(self, reason: HandoffReason, message: str, summary: str, now: datetime) -> None:
        """Counts a message that asks for a human, for this reason; an empty `summary` leaves the present one."""
        if reason not in self.reasons:
            self.reasons = [*self.reasons, reason]
            self.step(Step(at=now, step="requested", why=reason))
        self.messages = [*self.messages, message][-MESSAGES_LIMIT:]
        self.count += 1
        self.summary = summary or self.summary

    def step(self, *steps: Step) -> None:
        """Records steps within the document's bounds: the first ones and the newest stay."""
        kept = [*self.steps, *steps]
        if len(kept) > STEPS_LIMIT:
            kept = [*kept[:_FIRST_STEPS], *kept[_FIRST_STEPS - STEPS_LIMIT :]]
        self.steps = kept

    def told(self, step: StepName, *, to: str, way: str) -> bool:
        """Whether this step was made towards this member of staff on this way."""
        return any((each.step, each.to, each.way) == (step, to, way) for each in self.steps)

    def take(self, by: str, way: str, now: datetime, *, why: str = "") -> None:
        """Gives it to a member of staff, or to PHONE."""
        name: StepName = "transferred" if self.state == "taken" else "taken"
        self.state, self.taken_by, self.holder, self.refused = "taken", by, by, ""
        self.taken_at = self.taken_at or now
        self.step(Step(at=now, step=name, to=by, way=way, why=why))

    def end(self, by: str, now: datetime, *, why: str, expired: bool = False) -> None:
        """Ends it. `by` is a member of staff, PHONE, CONSOLE, `person`, or "" for time itself."""
        self.state, self.closed_at, self.due_at = "expired" if expired else "closed", now, None
        self.step(Step(at=now, step="expired" if expired else "closed", by=by, why=why))


class Duty(BaseModel):
    """A member of staff's own word on being on duty, which overrides the shifts until `until`."""

    on: bool
    at: datetime
    until: datetime


class Waiting(BaseModel):
    """A request in the queue."""

    handoff: str
    since: datetime
    urgent: bool = False


class Talk(BaseModel):
    """A member of staff's talk with one person, from `since` until `until` (None while it goes on).

    `desk` is the staff's own conversation through which they talk, "" if they talk through a notifier.
    """

    handoff: str
    number: int
    conversation: str
    staff: str
    name: str = ""
    desk: str = ""
    since: datetime
    until: datetime | None = None


class Desk(Document):
    """The desk of a tenant: who is on duty, who talks with whom, the queue, and how long people waited lately."""

    path: ClassVar[str] = "tenants/{tenant}/desk/{desk}"
    tenant: str
    desk: str = "now"
    #: The number of the newest request.
    number: int = 0
    duty: dict[str, Duty] = {}
    queue: list[Waiting] = []
    #: Talks that go on, and those that ended lately.
    talks: list[Talk] = []
    #: Seconds from request to taking, of the last requests; the newest last.
    took: list[int] = []

    def talks_of(self, staff: str) -> list[Talk]:
        """Returns the talks that go on, of one member of staff."""
        return [talk for talk in self.talks if talk.staff == staff and talk.until is None]


class Notification(Document):
    """One attempt to tell staff by a notifier. It is created before the call, so that no repeat calls again."""

    path: ClassVar[str] = "tenants/{tenant}/handoffs/{handoff}/notices/{notice}"
    tenant: str
    handoff: str
    notice: str
    staff: str
    notifier: str
    to: str = ""
    state: Literal["sending", "sent", "later", "unknown", "failed"] = "sending"
    attempts: int = 1
    reason: str = ""
    reference: str = ""
    at: datetime
    #: When a notice that was certainly not delivered is tried again.
    due_at: datetime | None = None
