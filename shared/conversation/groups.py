"""The groups of a conversation's fields, each with the methods that change them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import BaseModel

from shared.models.message import Inbound
from shared.models.news import Latest
from shared.models.parts import Choice
from shared.models.pending import Reference, Waiting, added, without
from shared.models.verification import RESUMED, Errand, Verified

#: `Archive.ids_since` of a conversation without ids in the former format.
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
#: The highest rate limit that a tenant may set, in messages a minute.
RECENT_LIMIT = 120
#: How often a person is asked to slow down at most.
_NOTICES = timedelta(minutes=1)


class Session(BaseModel):
    """The working memory of a conversation; a new session begins after the tenant's idle time."""

    id: str
    started_at: datetime
    last_at: datetime
    language: str = ""
    #: Questions in a row without an answer.
    misses: int = 0
    #: The proven identity; it ends with the session, and with "logout".
    verified: Verified | None = None
    #: What the person is about to do, in this session or, as `broken_off`, in the one before.
    errand: Errand | None = None
    broken_off: Errand | None = None
    #: Whether an identity ended with the session before because that was idle.
    lapsed: bool = False

    def renewed(self, id: str, now: datetime) -> Session:
        """Returns the session after this one, without an identity; what was under way may be resumed."""
        left = self.errand or self.broken_off
        recent = left if left and now - left.at <= RESUMED else None
        kept = {"language": self.language, "broken_off": recent, "lapsed": self.verified is not None}
        return Session(id=id, started_at=now, last_at=now, **kept)


class Lease(BaseModel):
    """The right to work on the turn until `until`. `owner` is the inbound message whose event runs the turn.

    `attempts` counts the leases since the last commit of a turn.
    """

    owner: str
    taken_at: datetime
    until: datetime
    attempts: int = 1


class Turn(BaseModel):
    """The turn: who works on it, and the messages that wait for it.

    Every lease and every human act increments `epoch`: a turn commits only if `epoch` has not changed.
    """

    epoch: int = 0
    lease: Lease | None = None
    #: Inbound messages without an outcome, in order of arrival; changed by `enqueue` and `dequeue`.
    pending: list[Waiting] = []

    def enqueue(self, *messages: Inbound | Reference) -> None:
        """Adds the messages to `pending`; replaces the copy of a message that is pending already."""
        for message in messages:
            self.pending = added(self.pending, message)

    def dequeue(self, *messages: str) -> None:
        """Removes the messages with these ids from `pending`."""
        self.pending = without(self.pending, *messages)

    def at_work(self, now: datetime) -> bool:
        """Whether a lease is in force."""
        return self.lease is not None and self.lease.until > now

    def take(self, owner: str, now: datetime, until: datetime) -> None:
        """Gives the lease to `owner`; no earlier lease can commit any more."""
        attempts = self.lease.attempts + 1 if self.lease else 1
        self.lease = Lease(owner=owner, taken_at=now, until=until, attempts=attempts)
        self.epoch += 1

    def interrupt(self) -> None:
        """Ends the lease; a turn at work can no longer commit."""
        self.epoch += 1
        self.lease = None

    def commit(self, now: datetime) -> None:
        """Ends the lease after a commit; if messages are pending, keeps it and resets its attempts."""
        if not self.pending:
            self.lease = None
        elif self.lease is not None:
            self.lease.attempts, self.lease.taken_at = 1, now


class FollowUp(BaseModel):
    """The entry of the knowledge that answers the person's reply to a message that we began, until then."""

    topic: str
    until: datetime


class Sending(BaseModel):
    """The conversation's outbox: its order, its pace, and the choices on offer."""

    #: Number of outbound messages so far, and `seq` of the last one.
    outbound: int = 0
    #: Time until which the network's pace for this person is used up (models/terms.py).
    paced_until: datetime | None = None
    #: The choices of the last message that we sent: a reply of "2" means the second one.
    offered: list[Choice] = []
    #: The outbound message that offers them.
    offered_in: str = ""
    follow_up: FollowUp | None = None

    def number(self, message: str, offered: list[Choice] | None) -> int:
        """Returns the `seq` of the next outbound message, which offers these choices.

        None leaves those that are on offer.
        """
        if offered is not None:
            self.offered, self.offered_in = offered, message if offered else ""
        self.outbound += 1
        return self.outbound

    def take_back(self) -> None:
        """Takes back the number of the last outbound message, which is not sent after all."""
        self.outbound -= 1
        self.offered, self.offered_in = [], ""


class Presence(BaseModel):
    """The presence of a human in the conversation: the concierge is silent until `until`.

    `by` is the member of staff, "" on the organisation's own phone. `desk` is the staff's conversation with
    us, to which the person's messages are relayed, "" if they write by a notifier or on the phone.
    `phone_until` is the end of the silence of a human on the phone, beside whom a member of staff took the
    conversation at the desk.
    """

    since: datetime
    until: datetime
    source: Literal["phone", "desk"]
    by: str = ""
    desk: str = ""
    phone_until: datetime | None = None

    def on_phone(self, now: datetime) -> Presence | None:
        """Returns the presence of the human on the phone alone, None if it is over or there was none."""
        until = self.until if self.source == "phone" else self.phone_until
        if until is None or until <= now:
            return None
        return Presence(since=self.since, until=until, source="phone")


class Relay(BaseModel):
    """A message of the person, stored under `conversation`, that is still to reach the staff who took
    `handoff`.

    `desk` is the staff's conversation with us, "" if they are reached by a notifier.
    """

    message: str
    conversation: str
    handoff: str
    desk: str


class Emergency(BaseModel):
    """An emergency that waits for a human until `until`.

    `told` is the outbound message that told the person ("" if not told yet).
    """

    until: datetime
    told: str = ""


#: What staff would have to ask a person first.
Missing = Literal["", "name", "subject", "both"]


class Staff(BaseModel):
    """The part of staff in the conversation."""

    human: Presence | None = None
    #: The newest act of staff here; older acts that arrive later are ignored.
    staff_at: Latest | None = None
    #: The open request for a human, "" if there is none.
    handoff: str = ""
    #: Number of requests that were made here: each has an id of its own.
    requests: int = 0
    #: The open emergency; further ones are added to its call (conversation/emergencies.py).
    emergency: Emergency | None = None
    #: The person's messages that are still to be relayed, in order.
    relays: list[Relay] = []
    #: What the person was asked for with the call for a human, "" once they have answered.
    asked: Missing = ""

    def present(self, now: datetime) -> bool:
        """Whether a human is present at this moment, at the desk or on the phone."""
        return self.human is not None and (now < self.human.until or self.human.on_phone(now) is not None)

    def emergency_waits(self, now: datetime) -> bool:
        """Whether an emergency still waits for a human."""
        return self.emergency is not None and now < self.emergency.until


class TurnedAway(BaseModel):
    """When the person was told that too many people write; a `stranger` had never written before."""

    told_at: datetime
    stranger: bool


class Writer(BaseModel):
    """The person's way of writing to us."""

    #: Time of the person's last message, by the gateway: the start of the network's window.
    heard_at: datetime | None = None
    #: The newest reaction.
    reacted: Latest | None = None
    #: Times of arrival of the person's last messages, for the rate limit; the newest last.
    recent: list[datetime] = []
    slowed_at: datetime | None = None
    #: When the person was told that the concierge is paused.
    paused_told: datetime | None = None
    #: Set while messages of the person get no turn because too many people write (inbound/gates.py).
    turned_away: TurnedAway | None = None
    #: When a trigger that waits for the person's silence is to look, None if none does.
    silent_at: datetime | None = None
    #: Share of this person's turns that were bursts, 0…1.
    burstiness: float = 0.0

    def count(self, now: datetime, limit: int) -> None:
        """Counts a message of now towards the rate limit."""
        self.recent = [*self.recent, now][-limit:]

    def await_silence(self, minutes: int | None) -> None:
        """Sets when the person will have been silent for so long, for a trigger; None if none waits."""
        since = self.heard_at
        self.silent_at = since + timedelta(minutes=minutes) if since and minutes else None

    def slow_down(self, now: datetime) -> bool:
        """Returns whether a notice to slow down is due, and records it."""
        if self.slowed_at and now - self.slowed_at < _NOTICES:
            return False
        self.slowed_at = now
        return True


class Archive(BaseModel):
    """Where the conversation's messages are stored, and which were accepted."""

    #: Digests of the last 500 messages, also of deleted ones (conversation/messages.py): 6 kB at most.
    seen: str = ""
    #: Time since which its messages have ids of models/people.document_id, None before the first such
    #: message. Older messages are stored under their plain ids.
    ids_since: datetime | None = None
    #: Conversations of the same person that were merged into this one: their messages stay under them.
    earlier: list[str] = []


class StatedFact(BaseModel):
    """A fact that the person stated."""

    text: str
    at: datetime


class Memory(BaseModel):
    """The knowledge of the person beyond the recent history (conversation/memory.py)."""

    #: The newest last.
    facts: list[StatedFact] = []
    #: The conversation up to `summarised_until`, in a few sentences.
    summary: str = ""
    summarised_until: datetime | None = None
    #: When a model is to look back at the conversation, None if it need not (inbound/reflecting.py).
    reflect_at: datetime | None = None
    #: When it was erased last: what was read of the conversation before must not come back.
    erased_at: datetime | None = None


class Mood(BaseModel):
    """The person's mood, −1 (bad) to 1 (good), as of their line of the time `mood_at`."""

    mood_score: float | None = None
    mood_reason: str = ""
    mood_at: datetime | None = None
    #: When a human was called for the bad mood that lasts, None if it does not.
    mood_called_at: datetime | None = None
