"""A conversation: a contact on a channel, with its session, turn lease and pending messages.

All changes go through its methods and those of its groups of fields (conversation/groups.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import BaseModel, SerializerFunctionWrapHandler, model_serializer, model_validator

from shared.conversation.costs import Spending
from shared.conversation.groups import (
    Archive,
    Memory,
    Mood,
    Presence,
    Sending,
    Session,
    Staff,
    Turn,
    Writer,
)
from shared.models.document import Document
from shared.models.events import MessageReceived
from shared.models.handoff import PHONE
from shared.models.history import Line
from shared.models.parts import preview
from shared.platform.clock import Ids

#: Bounds of lists in the document, to keep it far below Firestore's 1 MiB; after a merge of conversations
#: more messages may be pending for a while (models/pending.py).
PENDING_LIMIT = 30
HISTORY_LIMIT = 20
#: Most characters of a line of the history.
_LINE_LIMIT = 1_000
#: How long after a message its event may still be redelivered: gateways and the bus retry for a week at most.
REPEATS = timedelta(days=8)
#: Most conversations that `Archive.earlier` lists, the newest.
EARLIER_LIMIT = 100
#: The groups of fields. Their fields are stored beside the others, as they were before they had groups.
GROUPS: Mapping[str, type[BaseModel]] = {
    "turn": Turn,
    "sending": Sending,
    "staff": Staff,
    "writer": Writer,
    "archive": Archive,
    "memory": Memory,
    "mood": Mood,
    "spending": Spending,
}


class State(StrEnum):
    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


class Conversation(Document):
    """The state of a conversation. The caller of a method puts it."""

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
    #: Time of the sweep's next look: the lease's end while a message is pending, else None.
    due_at: datetime | None = None
    #: The conversation that has taken this one in.
    merged_into: str = ""
    turn: Turn = Turn()
    sending: Sending = Sending()
    staff: Staff = Staff()
    writer: Writer = Writer()
    archive: Archive = Archive()
    memory: Memory = Memory()
    mood: Mood = Mood()
    spending: Spending = Spending()

    @model_validator(mode="before")
    @classmethod
    def _grouped(cls, fields: Any) -> Any:
        """Returns the stored fields in their groups."""
        if not isinstance(fields, Mapping):
            return fields
        groups = {
            name: {field: fields[field] for field in group.model_fields if field in fields}
            for name, group in GROUPS.items()
            if name not in fields
        }
        return {**fields, **groups}

    @model_serializer(mode="wrap")
    def _flat(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Returns the fields as they are stored, without groups."""
        fields: dict[str, Any] = dump(self)
        for name in GROUPS:
            fields |= fields.pop(name, {})
        return fields

    def human_present(self, now: datetime) -> bool:
        """Whether a human is present at this moment."""
        return self.staff.present(now)

    def hear(self, event: MessageReceived, now: datetime, *, past: bool) -> None:
        """Records a message of the person: preview, times, name and chat.

        `past` means that it came from an identity that is no longer theirs: its chat must not be written to.
        """
        self.archive.ids_since = self.archive.ids_since or now
        self.preview, self.updated_at = preview(event.parts), now
        heard_at = self.writer.heard_at
        if not past and (heard_at is None or event.at >= heard_at):
            self.name, self.chat = event.peer.name or self.name, event.peer.chat
        self.writer.heard_at = max(filter(None, (heard_at, event.at)))

    def refresh(self, idle: timedelta, ids: Ids, now: datetime) -> None:
        """Extends the session, or begins a new one without history if it was idle for longer."""
        last = self.session
        if now - last.last_at > idle:
            self.begin_session(ids.new("s"), now)
        else:
            last.last_at = now

    def begin_session(self, id: str, now: datetime) -> None:
        """Begins a new session, without the history and the identity of the one before."""
        self.session = self.session.renewed(id, now)
        self.history = []

    def remember(self, *lines: Line) -> None:
        """Adds the lines to the recent history, within its bounds."""
        short = [line.model_copy(update={"text": line.text[:_LINE_LIMIT]}) for line in lines if line.text]
        self.history = [*self.history, *short][-HISTORY_LIMIT:]

    def take_turn(self, owner: str, now: datetime, until: datetime) -> None:
        """Gives the turn's lease to `owner`; the sweep looks after it from `until` on."""
        self.turn.take(owner, now, until)
        self.due_at = until

    def end_turn(self, now: datetime) -> None:
        """Ends the turn after a commit; the lease is kept for messages that are still pending."""
        self.turn.commit(now)
        if not self.turn.pending:
            self.due_at = None

    def settle_pending(self, message: str, now: datetime) -> None:
        """Takes a message with an outcome from `pending`.

        A turn that is at work on it alone is lost; other pending messages are still answered.
        """
        before = len(self.turn.pending)
        self.turn.dequeue(message)
        if len(self.turn.pending) == before:
            return
        if not self.turn.pending:
            self.turn.interrupt()
            self.due_at = None
        elif self.turn.lease is None:
            self.due_at = now

    def take_over(self, presence: Presence) -> None:
        """Gives the conversation to a human: nothing is pending for a turn, and no turn can commit.

        The silence for a human on the phone is not shortened: neither by words at the desk nor by late news
        of words on the phone. The caller settles the pending messages.
        """
        there = self.staff.human.on_phone(presence.since) if self.staff.human is not None else None
        if there is not None and presence.source == "desk":
            presence.phone_until = there.until
        elif there is not None:
            presence.until = max(presence.until, there.until)
        self.staff.human, self.staff.emergency, self.staff.asked = presence, None, ""
        self.state = State.HUMAN
        self.sending.offered, self.sending.offered_in = [], ""
        self.why = f"kept silent: {presence.by or 'a human'} writes ({presence.source})"
        self.turn.interrupt()
        self.turn.pending = []
        self.due_at = None

    def learn_of_staff(self, words: Line) -> None:
        """Records words of staff after which the silence is over already, in their place in the history.

        As after all words of staff, a new emergency calls again.
        """
        place = next((at for at, line in enumerate(self.history) if line.at > words.at), len(self.history))
        self.history, newer = self.history[:place], self.history[place:]
        self.remember(words, *newer)
        self.staff.emergency, self.staff.asked = None, ""

    def give_back(self, why: str) -> None:
        """Returns the conversation to the concierge, and ends its request for a human."""
        self.staff.human, self.staff.emergency, self.staff.handoff = None, None, ""
        self.state = State.BOT
        self.why = why

    def end_request(self, why: str, *, holder: str, now: datetime) -> None:
        """Forgets a request that ends, and returns the conversation to the concierge.

        A human on the organisation's phone who did not hold the request keeps the conversation.
        """
        there = self.staff.human.on_phone(now) if self.staff.human is not None else None
        self.give_back(why)
        if there is not None and holder != PHONE:
            self._leave_to_phone(there)

    def leave_desk(self, why: str, now: datetime) -> None:
        """Has the person wait for staff again, after a member of staff left their open request."""
        there = self.staff.human.on_phone(now) if self.staff.human is not None else None
        self.staff.human, self.state, self.why = None, State.WAITING, why
        if there is not None:
            self._leave_to_phone(there)

    def _leave_to_phone(self, there: Presence) -> None:
        self.staff.human, self.state = there, State.HUMAN
        self.why = "kept silent: a human writes (phone)"

    def forget_request(self, holder: str = "") -> None:
        """Forgets a request that has ended elsewhere; the human who had it has left with it.

        `holder` is as in `Handoff`, "" if unknown. A human on the phone who did not hold it keeps the
        conversation; `end_silence` ends their presence if that has expired meanwhile.
        """
        self.staff.handoff = ""
        human = self.staff.human
        if human is not None and (human.source == "desk" or holder == PHONE):
            self.end_request("given back: the request is over", holder=human.by or holder, now=human.since)

    def end_silence(self, now: datetime) -> None:
        """Returns the conversation to the concierge if the human's presence has expired."""
        if self.state == State.HUMAN and not self.human_present(now):
            self.state, self.staff.human = State.WAITING if self.staff.handoff else State.BOT, None

    def wait_for_human(self) -> None:
        """Sets the state to `waiting` if the concierge has the conversation, else leaves it."""
        if self.state == State.BOT:
            self.state = State.WAITING

    def close(self, merged_into: str) -> None:
        """Closes the conversation, which another has taken in; its messages stay stored under it."""
        self.merged_into, self.why = merged_into, f"merged into {merged_into}"
        self.memory, self.mood = Memory(), Mood()
        self.state = State.CLOSED
        self.turn.interrupt()
        self.turn.pending = []
        self.due_at = None
