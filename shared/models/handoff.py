"""A request for a human, with its life; the desk, which knows who works on what; and notices to staff.

requested → notified → taken → closed | expired
"""

from __future__ import annotations

from datetime import datetime, timedelta
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
    "staff",
    "paused",
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
    "told",  # news about it: who took it, that it ended
    "taken",
    "refused",
    "transferred",
    "reopened",
    "first_words",
    "not_delivered",
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
#: Most requests in the desk's queue, the newest; most times of waiting; how long an ended talk is known.
_QUEUE_LIMIT, _TOOK_LIMIT, _ENDED_KEPT = 500, 20, timedelta(hours=1)
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

    An administrator commands it in the database's console: `taken_by`, written there, gives it to that
    member of staff, and `state: closed` gives it back. `taken_by` is carried out if it differs from `holder`;
    `refused` then says in a sentence why it was not.
    """

    path: ClassVar[str] = "tenants/{tenant}/handoffs/{handoff}"
    tenant: str
    handoff: str
    conversation: str
    contact: str
    #: The number by which staff name it, unique in the tenant; 0 before the first notification.
    number: int = 0
    name: str = ""
    language: str = ""
    mood: Literal["neutral", "unhappy"] = "neutral"
    mood_reason: str = ""
    reason: HandoffReason
    reasons: list[HandoffReason] = []
    state: HandoffState = "requested"
    taken_by: str = ""
    #: Its member of staff, or PHONE, and their channel or notifier; our own code sets them with `taken_by`.
    holder: str = ""
    way: str = ""
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
    #: Rungs climbed since the last call (handoff/ladder.py), and the time of the last one.
    rung: int = 0
    climbed_at: datetime | None = None
    #: The holder of whom the others were told.
    announced: str = ""
    #: Whether the end was told to the person.
    told_end: bool = False
    rating: int | None = None
    #: The member of staff to whom its holder wants to pass it on, "" if to nobody.
    transfer_to: str = ""
    #: Words that the concierge suggested to its holder, not sent to anybody.
    draft: str = ""
    #: The last private page that staff made for the person, "" if none.
    page: str = ""
    #: Names this request in an address for answers: random, lower case.
    token: str = ""
    #: When the next step is due, None if none is.
    due_at: datetime | None = None
    steps: list[Step] = []
    #: Time of the newest step that was logged (handoff/due.py).
    logged_at: datetime | None = None
    notes: list[str] = []
    #: When the database that holds it came from a backup, None if it never did.
    restored_at: datetime | None = None

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
        return self.reason == "emergency"

    def ask(
        self, reason: HandoffReason, message: str, summary: str, now: datetime, *, again: bool = False
    ) -> None:
        """Counts a message that asks for a human, for this reason; an empty `summary` leaves the present one.

        A reason that is known is a new call only if `again` is set.
        """
        if again or reason not in self.reasons:
            if reason == "emergency":
                self.reason, self.rung, self.climbed_at = reason, 0, None
            self.reasons = list(dict.fromkeys([*self.reasons, reason]))
            self.step(Step(at=now, step="requested", why=reason))
        if message not in self.messages:
            self.messages = [*self.messages, message][-MESSAGES_LIMIT:]
            self.count += 1
        self.summary = summary or self.summary

    def promise(self, at: datetime | None, now: datetime) -> None:
        """Records the time of an answer that the person is told of.

        The soonest counts. One that has passed stays until somebody apologised for it (handoff/promises.py).
        """
        if at is not None and (self.promised_at is None or at < self.promised_at):
            self.promised_at = at
            self.step(Step(at=now, step="promised", to="person", result=at.isoformat(timespec="seconds")))

    def step(self, *steps: Step) -> None:
        """Records steps within the document's bounds: the first ones and the newest stay."""
        kept = [*self.steps, *steps]
        newest = kept[_FIRST_STEPS - STEPS_LIMIT :]
        self.steps = [*kept[:_FIRST_STEPS], *newest] if len(kept) > STEPS_LIMIT else kept

    def since_call(self) -> list[Step]:
        """Returns the steps since the last call for staff.

        The first request, a further emergency, a silent holder and a broken promise each call anew.
        """
        for place in range(len(self.steps) - 1, 0, -1):
            step = self.steps[place]
            if step.step in ("reopened", "apologised") or (step.step, step.why) == ("requested", "emergency"):
                return self.steps[place:]
        return self.steps

    def take(self, to: str, way: str, now: datetime, *, by: str = "") -> None:
        """Gives it to a member of staff, or to PHONE; `by` is who gave it to them, "" if they took it."""
        name: StepName = "transferred" if self.state == "taken" else "taken"
        self.state, self.taken_by, self.holder, self.way, self.refused = "taken", to, to, way, ""
        self.taken_at = self.taken_at or now
        self.step(Step(at=now, step=name, by=by, to=to, way=way))

    def reopen(self, now: datetime, *, why: str) -> None:
        """Puts it back to those whom nobody has taken: its holder cannot be reached, or did not answer."""
        self.state, self.taken_by, self.holder, self.way, self.transfer_to = "requested", "", "", "", ""
        self.rung, self.climbed_at, self.announced, self.due_at = 0, None, "", now
        self.step(Step(at=now, step="reopened", why=why))

    def end(self, by: str, now: datetime, *, why: str, expired: bool = False) -> None:
        """Ends it; what follows from that is due at once. `by` is a member of staff, PHONE, CONSOLE,
        `person`, or "" for time itself."""
        self.state, self.closed_at, self.due_at = "expired" if expired else "closed", now, now
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
    staff: str
    name: str = ""
    desk: str = ""
    since: datetime
    until: datetime | None = None


class Desk(Document):
    """The desk of a tenant: who is on duty, who talks with whom, the queue, and how long people waited
    lately."""

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

    def begin(self, talk: Talk, waited: int | None) -> None:
        """Adds a talk, which ends another one about the same request and takes it off the queue.

        `waited` is how long (s) the person waited for it, None if somebody had taken it before.
        """
        self.end(talk.handoff, talk.since)
        self.talks = [*self.talks, talk]
        if waited is not None:
            self.took = [*self.took, waited][-_TOOK_LIMIT:]

    def end(self, handoff: str, now: datetime) -> None:
        """Ends the talk about a request, and takes the request off the queue; forgets talks that ended long
        ago."""
        for talk in self.talks:
            if talk.handoff == handoff and talk.until is None:
                talk.until = now
        self.talks = [talk for talk in self.talks if talk.until is None or now - talk.until < _ENDED_KEPT]
        self.queue = [each for each in self.queue if each.handoff != handoff]

    def admit(self, request: Handoff) -> None:
        """Gives a request its number, once."""
        if not request.number:
            self.number += 1
            request.number = self.number

    def wait(self, handoff: Handoff) -> None:
        """Puts a request on the queue, once."""
        if all(each.handoff != handoff.handoff for each in self.queue):
            waiting = Waiting(handoff=handoff.handoff, since=handoff.created_at, urgent=handoff.urgent)
            self.queue = [*self.queue, waiting][-_QUEUE_LIMIT:]
