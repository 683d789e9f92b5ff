"""A conversation: a contact on a channel, with its session, its turn lease and what waits for an answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel

from shared.models.document import Document
from shared.models.history import Line
from shared.models.message import Inbound
from shared.models.news import Latest
from shared.models.parts import Choice

#: Lists inside a conversation document, so that it stays far below Firestore's 1 MiB.
PENDING_LIMIT = 30
HISTORY_LIMIT = 20
#: How long after a message its event may still come again: gateways and the bus go on for a week at most.
REPEATS = timedelta(days=8)
#: `Conversation.ids_since` of a conversation that never had other ids.
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


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
    #: Whole inbound messages, so that taking them reads nothing and settling them reads nothing.
    pending: list[Inbound] = []
    human: Presence | None = None
    #: The newest act of staff here: what they did before that is over.
    staff_at: Latest | None = None
    #: The newest reaction.
    reacted: Latest | None = None
    #: Digests of the last 500 messages that were accepted, also of those whose documents are gone
    #: (conversation/messages.py): 6 kB at the most.
    seen: str = ""
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


HandoffReason = Literal["asked", "emergency", "no_answer", "failed_answers", "delivery_failed", "late"]


class Handoff(Document):
    """A request for a human, with its life."""

    path: ClassVar[str] = "tenants/{tenant}/handoffs/{handoff}"
    tenant: str
    handoff: str
    conversation: str
    contact: str
    reason: HandoffReason
    state: Literal["waiting", "taken", "closed"] = "waiting"
    summary: str = ""
    created_at: datetime
