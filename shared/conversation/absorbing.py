"""Two conversations become one: a decision about every field, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shared.conversation import messages
from shared.conversation.conversation import (
    EARLIER_LIMIT,
    HISTORY_LIMIT,
    RECENT_LIMIT,
    Conversation,
    Emergency,
    State,
)
from shared.models.news import newest

#: States, the one that needs a human most last.
_PRIORITY = (State.CLOSED, State.BOT, State.WAITING, State.HUMAN)

#: Returns the merged value of a field from the conversation that stays and the one that it absorbs.
Decision = Callable[[Conversation, Conversation, datetime], Any]


def absorb(
    part: Conversation, whole: Conversation | None, name: str, contact: str, now: datetime
) -> Conversation:
    """Returns the conversation that stays, called `name`, with `part` in it.

    If there is none yet, a copy of `part` takes its place. No turn of either conversation can commit
    afterwards.
    """
    whole = whole or part.model_copy(deep=True, update={"history": [], "pending": [], "human": None})
    decided = {field: decide(whole, part, now) for field, decide in DECISIONS.items()}
    merged = whole.model_copy(update={**decided, "conversation": name, "contact": contact})
    merged.enqueue(*whole.pending, *part.pending)
    merged.due_at = now if merged.pending else None
    return merged


def _stays(field: str) -> Decision:
    return lambda whole, _, __: getattr(whole, field)


def _constant(value: Any) -> Decision:
    return lambda _, __, ___: value


def _latest(field: str) -> Decision:
    def decide(whole: Conversation, part: Conversation, _: datetime) -> datetime | None:
        times = (getattr(whole, field), getattr(part, field))
        return max(filter(None, times), default=None)

    return decide


def _newest(field: str) -> Decision:
    return lambda whole, part, _: newest(getattr(whole, field), getattr(part, field))


def _earlier(whole: Conversation, part: Conversation, _: datetime) -> list[str]:
    return list(dict.fromkeys([*part.earlier, *whole.earlier, part.conversation]))[-EARLIER_LIMIT:]


def _state(whole: Conversation, part: Conversation, now: datetime) -> State:
    return max(_state_now(whole, now), _state_now(part, now), key=_PRIORITY.index)


def _state_now(conversation: Conversation, now: datetime) -> State:
    """Returns the state at this moment: `human` only while a human is present."""
    if conversation.human_present(now):
        return State.HUMAN
    return State.BOT if conversation.state == State.HUMAN else conversation.state


def _emergency(whole: Conversation, part: Conversation, _: datetime) -> Emergency | None:
    """Returns the emergency that ends later."""
    return max(filter(None, (whole.emergency, part.emergency)), key=lambda each: each.until, default=None)


def _ids_since(whole: Conversation, part: Conversation, _: datetime) -> datetime | None:
    """Returns the later time, or None if either conversation has messages under former ids."""
    return max(whole.ids_since, part.ids_since) if whole.ids_since and part.ids_since else None


#: Every field of Conversation: a test fails if one is missing, so that a merge cannot forget it.
DECISIONS: Mapping[str, Decision] = {
    "tenant": _stays("tenant"),
    "conversation": _stays("conversation"),
    "channel": _stays("channel"),
    "contact": _stays("contact"),
    "name": _stays("name"),
    "chat": _stays("chat"),
    "state": _state,
    "preview": _stays("preview"),
    "why": _stays("why"),
    "updated_at": _stays("updated_at"),
    "session": _stays("session"),
    "history": lambda whole, part, _: sorted([*whole.history, *part.history], key=lambda line: line.at)[
        -HISTORY_LIMIT:
    ],
    "epoch": lambda whole, part, _: max(whole.epoch, part.epoch) + 1,
    "lease": _constant(None),
    "pending": _constant([]),  # enqueued afterwards, within the size of a document
    "human": lambda whole, part, _: max(
        filter(None, (whole.human, part.human)), key=lambda human: human.until, default=None
    ),
    "staff_at": _newest("staff_at"),
    "reacted": _newest("reacted"),
    "seen": lambda whole, part, _: messages.joined(whole.seen, part.seen),
    "emergency": _emergency,
    "heard_at": _latest("heard_at"),
    "paced_until": _latest("paced_until"),
    "recent": lambda whole, part, _: sorted([*whole.recent, *part.recent])[-RECENT_LIMIT:],
    "slowed_at": _latest("slowed_at"),
    "offered": lambda whole, part, _: max(whole, part, key=lambda each: each.updated_at).offered,
    "outbound": lambda whole, part, _: max(whole.outbound, part.outbound),
    "burstiness": _stays("burstiness"),
    "due_at": _constant(None),  # set afterwards, if a message is pending
    "ids_since": _ids_since,
    "earlier": _earlier,
    "merged_into": _constant(""),
}
