"""A conversation: a contact on a channel, with its session, turn lease and pending messages."""

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

#: Bounds of lists in the document, to keep it far below Firestore's 1 MiB; after a merge of conversations
#: more messages may be pending for a while (models/pending.py).
PENDING_LIMIT = 30
HISTORY_LIMIT = 20
#: How long after a message its event may still be redelivered: gateways and the bus retry for a week at most.
REPEATS = timedelta(days=8)
#: `Conversation.ids_since` of a conversation without ids in the former format.
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
#: Most conversations that `Conversation.earlier` lists, the newest.
EARLIER_LIMIT = 100
#: The highest rate limit that a tenant may set, in messages a minute.
RECENT_LIMIT = 120
#: Most ids of messages in a request for a human, the newest.
HANDOFF_LIMIT = 20


class State(StrEnum):
    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


class Session(BaseModel):
    """The working memory of a conversation; a new session begins after the tenant's idle time."""

    id: str
    started_at: datetime
    last_at: datetime
    language: str = ""
    #: Questions in a row without an answer.
    misses: int = 0


class Lease(BaseModel):
    """The right to work on the turn until `until`. `owner` is the inbound message whose event runs the turn.

    `attempts` counts the leases since the last commit of a turn.
    """

    owner: str
    taken_at: datetime
    until: datetime
    attempts: int = 1


class Presence(BaseModel):
    """The presence of a human in the conversation: the concierge is silent until `until`."""

    since: datetime
    until: datetime
    source: Literal["phone"]


class Emergency(BaseModel):
    """An emergency that waits for a human until `until`.

    `handoff` is the id of its Handoff, `told` the outbound message that told the person ("" if not told yet).
    """

    handoff: str
    until: datetime
    told: str = ""


class Conversation(Document):
    """The state of a conversation.

    Every lease and every human act increments `epoch`: a turn commits only if `epoch` has not changed.
    """

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
    #: Inbound messages without an outcome, in order of arrival; changed by `enqueue` and `dequeue`.
    pending: list[Waiting] = []
    human: Presence | None = None
    #: The newest act of staff here; older acts that arrive later are ignored.
    staff_at: Latest | None = None
    #: The newest reaction.
    reacted: Latest | None = None
    #: Digests of the last 500 accepted messages, also if their documents are gone
    #: (conversation/messages.py): 6 kB at most.
    seen: str = ""
    #: The open emergency; further ones are added to its request (conversation/emergencies.py).
    emergency: Emergency | None = None
    #: Time of the person's last message, by the gateway: the start of the network's window.
    heard_at: datetime | None = None
    #: Time until which the network's pace for this person is used up (models/terms.py).
    paced_until: datetime | None = None
    #: Times of arrival of the person's last messages, for the rate limit; the newest last.
    recent: list[datetime] = []
    slowed_at: datetime | None = None
    #: The choices of the last message that we sent: a reply of "2" means the second one.
    offered: list[Choice] = []
    #: Number of outbound messages so far, and `seq` of the last one.
    outbound: int = 0
    #: Share of this person's turns that were bursts, 0…1.
    burstiness: float = 0.0
    #: Time of the sweep's next look: the lease's end while a message is pending, else None.
    due_at: datetime | None = None
    #: Time since which its messages have ids of models/people.document_id, None before the first such
    #: message. Older messages are stored under their plain ids.
    ids_since: datetime | None = None
    #: Conversations that were merged into this one because two contacts were one person: their messages
    #: stay stored under them.
    earlier: list[str] = []
    merged_into: str = ""

    def human_present(self, now: datetime) -> bool:
        """Whether a human is present at this moment."""
        return self.human is not None and now < self.human.until

    def hear(self, event: MessageReceived, now: datetime, *, past: bool) -> None:
        """Records a message of the person: preview, times, name and chat.

        `past` means that it came from an identity that is no longer theirs: its chat must not be written to.
        """
        self.ids_since = self.ids_since or now
        self.preview, self.updated_at = preview(event.parts), now
        if not past and (self.heard_at is None or event.at >= self.heard_at):
            self.name, self.chat = event.peer.name or self.name, event.peer.chat
        self.heard_at = max(filter(None, (self.heard_at, event.at)))

    def end_silence(self, now: datetime) -> None:
        """Returns the conversation to the concierge if the human's presence has expired."""
        if self.state == State.HUMAN and not self.human_present(now):
            self.state, self.human = State.BOT, None

    def enqueue(self, *messages: Inbound | Reference) -> None:
        """Adds the messages to `pending`; replaces the copy of a message that is pending already."""
        for message in messages:
            self.pending = added(self.pending, message)

    def dequeue(self, *messages: str) -> None:
        """Removes the messages with these ids from `pending`."""
        self.pending = without(self.pending, *messages)

    def emergency_waits(self, now: datetime) -> bool:
        """Whether an emergency still waits for a human."""
        return self.emergency is not None and now < self.emergency.until


HandoffReason = Literal["asked", "emergency", "no_answer", "failed_answers", "delivery_failed", "late"]


class Handoff(Document):
    """A request for a human, and its state. `count` messages asked for it; `messages` has the newest ids."""

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
        """Counts a message. An empty `summary` leaves the present one."""
        self.messages = [*self.messages, message][-HANDOFF_LIMIT:]
        self.count += 1
        self.summary = summary or self.summary
