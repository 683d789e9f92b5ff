"""A conversation: a contact on a channel, with its session, its turn lease and what waits for an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel

from shared.models.document import Document
from shared.models.events import MessageReceived
from shared.models.history import Line
from shared.models.message import Inbound
from shared.models.news import Latest
from shared.models.parts import Choice, preview
from shared.models.pending import Reference, Waiting, added, without

#: Lists inside a conversation document, so that it stays far below Firestore's 1 MiB; after a merge of
#: conversations more may be pending for a while (models/pending.py).
PENDING_LIMIT = 30
HISTORY_LIMIT = 20
#: How long after a message its event may still come again: gateways and the bus go on for a week at most.
REPEATS = timedelta(days=8)
#: `Conversation.ids_since` of a conversation that never had other ids.
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
#: The newest of the conversations that were merged into one.
EARLIER_LIMIT = 100
#: As many times as a tenant may set messages a minute.
RECENT_LIMIT = 120
#: Ids of messages in a request for a human.
HANDOFF_LIMIT = 20


class State(StrEnum):
    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


class Session(BaseModel):
    """The working memory; a new one begins after the tenant's idle time."""

    id: str
    started_at: datetime
    last_at: datetime
    language: str = ""
    #: Questions in a row that nobody could answer.
    misses: int = 0


class Lease(BaseModel):
    """Who works on the turn. `owner` is the inbound message whose event carries it; `attempts` counts
    the leases taken since something was last committed."""

    owner: str
    taken_at: datetime
    until: datetime
    attempts: int = 1


class Presence(BaseModel):
    """A human is in the conversation: the concierge says nothing until `until`."""

    since: datetime
    until: datetime
    source: Literal["phone"]


class Emergency(BaseModel):
    """An emergency that waits for a human until `until`: the id of its Handoff, and the outbound message that
    told the person ("" if not told yet)."""

    handoff: str
    until: datetime
    told: str = ""


class Conversation(Document):
    """`epoch` moves with every lease and every human act: a turn commits only if it has not moved."""

    path: ClassVar[str] = "tenants/{tenant}/conversations/{conversation}"
    tenant: str
    conversation: str
    channel: str
    contact: str
    name: str = ""
    chat: str
    state: State = State.BOT
    preview: str = ""
    why: str = ""
    updated_at: datetime
    session: Session
    history: list[Line] = []
    epoch: int = 0
    lease: Lease | None = None
    #: Inbound messages without an outcome, in the order of their arrival; changed by `enqueue` and `dequeue`.
    pending: list[Waiting] = []
    human: Presence | None = None
    #: The newest act of staff here: what they did before that is over.
    staff_at: Latest | None = None
    #: The newest reaction.
    reacted: Latest | None = None
    #: Digests of the last 500 messages that were accepted, also of those whose documents are gone
    #: (conversation/messages.py): 6 kB at the most.
    seen: str = ""
    #: Takes all further emergencies until it ends (conversation/emergencies.py).
    emergency: Emergency | None = None
    #: When the person last wrote, by the gateway's time: the network's window counts from there.
    heard_at: datetime | None = None
    #: Until when the network's pace for this person is spent (models/terms.py).
    paced_until: datetime | None = None
    #: When the person's last messages came, for the rate limit; the newest last.
    recent: list[datetime] = []
    slowed_at: datetime | None = None
    #: What the last message that we sent let the person choose from: "2" is the second of it.
    offered: list[Choice] = []
    #: How many outbound messages there have been: the next one's `seq`.
    outbound: int = 0
    #: 0…1, how often this person's turns were bursts.
    burstiness: float = 0.0
    #: When the sweep looks after it: the lease's end while something is pending, else None.
    due_at: datetime | None = None
    #: Since when its messages have the ids that models/people.document_id makes, None before the first of
    #: them. Those of before are kept under their plain ids.
    ids_since: datetime | None = None
    #: Conversations that became part of this one when two contacts turned out to be one person: their
    #: messages are still there.
    earlier: list[str] = []
    merged_into: str = ""

    def human_present(self, now: datetime) -> bool:
        """Whether a human holds the conversation at this moment."""
        return self.human is not None and now < self.human.until

    def hear(self, event: MessageReceived, now: datetime, *, past: bool) -> None:
        """Notes that the person wrote: preview, times, name and chat.

        `past` means from an identity that is no longer theirs, whose chat we must not write to.
        """
        self.ids_since = self.ids_since or now
        self.preview, self.updated_at = preview(event.parts), now
        if not past and (self.heard_at is None or event.at >= self.heard_at):
            self.name, self.chat = event.peer.name or self.name, event.peer.chat
        self.heard_at = max(filter(None, (self.heard_at, event.at)))

    def end_silence(self, now: datetime) -> None:
        """Gives the conversation back to the concierge if the human's time is over."""
        if self.state == State.HUMAN and not self.human_present(now):
            self.state, self.human = State.BOT, None

    def enqueue(self, *messages: Inbound | Reference) -> None:
        """Has the messages wait for a turn. One that waits already is replaced."""
        for message in messages:
            self.pending = added(self.pending, message)

    def dequeue(self, *messages: str) -> None:
        """The messages of these ids wait no longer."""
        self.pending = without(self.pending, *messages)

    def emergency_waits(self, now: datetime) -> bool:
        """Whether a human has been called for an emergency here, and nobody has come yet."""
        return self.emergency is not None and now < self.emergency.until


HandoffReason = Literal["asked", "emergency", "no_answer", "failed_answers", "delivery_failed", "late"]


class Handoff(Document):
    """A request for a human, with its life: `count` messages asked for one, of which `messages` holds the ids
    of the newest."""

    path: ClassVar[str] = "tenants/{tenant}/handoffs/{handoff}"
    tenant: str
    handoff: str
    conversation: str
    contact: str
    reason: HandoffReason
    state: Literal["waiting", "taken", "closed"] = "waiting"
    summary: str = ""
    messages: list[str] = []
    count: int = 0
    created_at: datetime

    def add(self, message: str, summary: str) -> None:
        """Counts a message. An empty `summary` leaves the last one."""
        self.messages = [*self.messages, message][-HANDOFF_LIMIT:]
        self.count += 1
        self.summary = summary or self.summary
