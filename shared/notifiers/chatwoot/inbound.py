"""Translation of Chatwoot's webhooks: those of the account, and that of the API channel's inbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic import Field

from shared.formats import marks, wire
from shared.models.events import StaffAnswered
from shared.notifiers import Connection
from shared.notifiers.chatwoot.api import NOTICE, REQUEST

Json = dict[str, Any]

_FILES = 20


def parse(connection: Connection, inbox: int, body: bytes) -> list[StaffAnswered]:
    """Returns the act of an event.

    Empty for our own messages and those of bots, private notes, activities, conversations that are not ours,
    and other events. Raises Rejected(400) if it is no event.
    """
    told = wire.loads(body)
    event = wire.read(_Event, told).event
    if event == "message_created":
        acts = _said(wire.read(_Message, told), inbox, connection.now())
    elif event == "conversation_status_changed":
        acts = _closed(wire.read(_Conversation, told), inbox, connection.now())
    elif event == "conversation_updated":
        acts = _taken(wire.read(_Conversation, told), inbox, connection.now())
    else:
        return []
    place = {"tenant": connection.tenant, "notifier": connection.name}
    return [StaffAnswered(**place, **act) for act in acts]


def _said(message: _Message, inbox: int, now: datetime) -> Iterator[Json]:
    """Yields the words of a member of staff to the person, with the addresses of their files."""
    theirs = message.message_type == "outgoing" and message.sender.type == "user" and not message.private
    files = [wire.words(file, "data_url") for file in message.attachments[:_FILES]]
    text = "\n".join(filter(None, [marks.from_markdown(message.content).strip(), *files]))
    conversation = message.conversation
    if theirs and text and conversation.is_ours(inbox) and NOTICE not in message.content_attributes:
        yield {
            "id": f"message.{message.id}",
            "act": "say",
            "handoff": conversation.request,
            "who": str(message.sender.id),
            "name": message.sender.name,
            "text": text[: wire.TEXT_LIMIT],
            "at": _moment(message.created_at, now),
        }


def _closed(conversation: _Conversation, inbox: int, now: datetime) -> Iterator[Json]:
    """Yields the end of a resolved conversation, by the member of staff to whom it is assigned."""
    if conversation.status == "resolved" and conversation.is_ours(inbox):
        assignee = conversation.meta.assignee
        staff = assignee if conversation.meta.assignee_type in ("", "User") else _Person()
        who = {"who": str(staff.id or ""), "name": staff.name}
        yield {"act": "close", **conversation.origin("resolved", now), **who}


def _taken(conversation: _Conversation, inbox: int, now: datetime) -> Iterator[Json]:
    """Yields the assignment to a member of staff; an assignment to a bot or to no one is nothing."""
    changes = [wire.inside(change, "assignee_id") for change in conversation.changed_attributes]
    to = next((wire.whole_number(wire.inside(change, "current_value")) for change in changes if change), 0)
    staff = conversation.meta.assignee
    is_staff = conversation.meta.assignee_type in ("", "User") and staff.id == to
    if to and is_staff and conversation.is_ours(inbox):
        who = {"who": str(to), "name": staff.name}
        yield {"act": "take", **conversation.origin(f"assigned.{to}", now), **who}


def _moment(value: object, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
        return min(now, at.astimezone(UTC)) if at.tzinfo else now
    except (ValueError, OverflowError):
        return now


# Chatwoot's JSON, limited to the fields that we read.


class _Event(wire.Wire):
    event: str


class _Person(wire.Wire):
    """A sender or an assignee; of a contact the `type` is missing."""

    id: int = 0
    name: str = ""
    type: str = ""


class _Meta(wire.Wire):
    assignee: _Person = _Person()
    assignee_type: str = ""


class _Conversation(wire.Wire):
    """A conversation; `id` is the number that the app shows."""

    id: int = Field(gt=0, lt=2**63)
    inbox_id: int
    status: str = ""
    meta: _Meta = _Meta()
    custom_attributes: Json = {}
    changed_attributes: list[Any] = []
    updated_at: float = 0

    @property
    def request(self) -> str:
        return wire.words(self.custom_attributes, REQUEST)

    def is_ours(self, inbox: int) -> bool:
        return self.inbox_id == inbox and 0 < len(self.request) <= 500

    def origin(self, what: str, now: datetime) -> Json:
        """Returns id, request and time of a change, the same for each webhook that tells of it."""
        at = wire.moment(now, seconds=self.updated_at)
        return {"id": f"{what}.{self.id}.{self.updated_at}", "handoff": self.request, "at": at}


class _Message(wire.Wire):
    id: int = Field(gt=0, lt=2**63)
    message_type: str
    content: str = ""
    private: bool = False
    sender: _Person = _Person()
    content_attributes: Json = {}
    attachments: list[Any] = []
    conversation: _Conversation
    created_at: Any = None
