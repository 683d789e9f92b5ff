"""Two conversations become one: a decision about every field, by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from shared.conversation import memory, messages
from shared.conversation.conversation import EARLIER_LIMIT, GROUPS, HISTORY_LIMIT, Conversation, State
from shared.conversation.costs import joined
from shared.conversation.groups import RECENT_LIMIT, Emergency, Memory, Presence, Session
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
    whole = whole or _emptied(part)
    decided = {field: decide(whole, part, now) for field, decide in DECISIONS.items()}
    for name_of_group, group in GROUPS.items():
        changes = {field: decided.pop(field) for field in group.model_fields}
        decided[name_of_group] = getattr(whole, name_of_group).model_copy(update=changes)
    merged = whole.model_copy(update={**decided, "conversation": name, "contact": contact})
    merged.turn.enqueue(*whole.turn.pending, *part.turn.pending)
    merged.due_at = now if merged.turn.pending else None
    return merged


def _emptied(part: Conversation) -> Conversation:
    """Returns a copy without what `part` contributes by itself."""
    copy = part.model_copy(deep=True)
    copy.history, copy.turn.pending, copy.staff.human = [], [], None
    copy.memory = Memory()
    return copy


def _value(conversation: Conversation, field: str) -> Any:
    """Returns the value of a field of the conversation or of one of its groups."""
    group = next((name for name, model in GROUPS.items() if field in model.model_fields), "")
    return getattr(getattr(conversation, group) if group else conversation, field)


def _stays(field: str) -> Decision:
    return lambda whole, _, __: _value(whole, field)


def _constant(value: Any) -> Decision:
    return lambda _, __, ___: value


def _latest(field: str) -> Decision:
    def decide(whole: Conversation, part: Conversation, _: datetime) -> datetime | None:
        times = (_value(whole, field), _value(part, field))
        return max(filter(None, times), default=None)

    return decide


def _newest(field: str) -> Decision:
    return lambda whole, part, _: newest(_value(whole, field), _value(part, field))


def _earlier(whole: Conversation, part: Conversation, _: datetime) -> list[str]:
    places = [*part.archive.earlier, *whole.archive.earlier, part.conversation]
    return list(dict.fromkeys(places))[-EARLIER_LIMIT:]


def _state(whole: Conversation, part: Conversation, now: datetime) -> State:
    return max(_state_now(whole, now), _state_now(part, now), key=_PRIORITY.index)


def _state_now(conversation: Conversation, now: datetime) -> State:
    """Returns the state at this moment: `human` only while a human is present."""
    if conversation.human_present(now):
        return State.HUMAN
    return State.BOT if conversation.state == State.HUMAN else conversation.state


def _human(whole: Conversation, part: Conversation, _: datetime) -> Presence | None:
    """Returns the presence that lasts longer, with the longer silence of a human on the phone in either."""
    both = [each for each in (whole.staff.human, part.staff.human) if each is not None]
    if not both:
        return None
    longest = max(both, key=lambda human: human.until)
    phones = [each.until if each.source == "phone" else each.phone_until for each in both]
    silence = "until" if longest.source == "phone" else "phone_until"
    return longest.model_copy(update={silence: max(filter(None, phones), default=None)})


def _emergency(whole: Conversation, part: Conversation, _: datetime) -> Emergency | None:
    """Returns the emergency that ends later."""
    both = (whole.staff.emergency, part.staff.emergency)
    return max(filter(None, both), key=lambda each: each.until, default=None)


def _mood(field: str) -> Decision:
    """Returns the value of the conversation whose mood was read last."""

    def read_at(each: Conversation) -> float:
        return each.mood.mood_at.timestamp() if each.mood.mood_at else 0.0

    return lambda whole, part, _: _value(max(whole, part, key=read_at), field)


def _session(whole: Conversation, _: Conversation, __: datetime) -> Session:
    """Returns the session without its identity: two people may turn out to be one, but nobody proved it."""
    return whole.session.model_copy(update={"verified": None, "errand": None, "broken_off": None})


def _ids_since(whole: Conversation, part: Conversation, _: datetime) -> datetime | None:
    """Returns the later time, or None if either conversation has messages under former ids."""
    one, other = whole.archive.ids_since, part.archive.ids_since
    return max(one, other) if one and other else None


#: Every field, also of the groups: a test fails if one is missing, so that a merge cannot forget it.
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
    "session": _session,
    "history": lambda whole, part, _: sorted([*whole.history, *part.history], key=lambda line: line.at)[
        -HISTORY_LIMIT:
    ],
    "epoch": lambda whole, part, _: max(whole.turn.epoch, part.turn.epoch) + 1,
    "lease": _constant(None),
    "pending": _constant([]),  # enqueued afterwards, within the size of a document
    "human": _human,
    "staff_at": _newest("staff_at"),
    "reacted": _newest("reacted"),
    "seen": lambda whole, part, _: messages.joined(whole.archive.seen, part.archive.seen),
    "emergency": _emergency,
    "handoff": lambda whole, part, _: whole.staff.handoff or part.staff.handoff,
    "requests": lambda whole, part, _: max(whole.staff.requests, part.staff.requests),
    "relays": lambda whole, part, _: [*part.staff.relays, *whole.staff.relays],
    "asked": lambda whole, part, _: whole.staff.asked or part.staff.asked,
    "heard_at": _latest("heard_at"),
    "paced_until": _latest("paced_until"),
    "recent": lambda whole, part, _: sorted([*whole.writer.recent, *part.writer.recent])[-RECENT_LIMIT:],
    "slowed_at": _latest("slowed_at"),
    "paused_told": _latest("paused_told"),
    "turned_away": _stays("turned_away"),
    "silent_at": _latest("silent_at"),
    "follow_up": lambda whole, part, _: max(whole, part, key=lambda each: each.updated_at).sending.follow_up,
    "offered": lambda whole, part, _: max(whole, part, key=lambda each: each.updated_at).sending.offered,
    "outbound": lambda whole, part, _: max(whole.sending.outbound, part.sending.outbound),
    "offered_in": lambda whole, part, _: (
        max(whole, part, key=lambda each: each.updated_at).sending.offered_in
    ),
    "burstiness": _stays("burstiness"),
    "due_at": _constant(None),  # set afterwards, if a message is pending
    "ids_since": _ids_since,
    "earlier": _earlier,
    "facts": lambda whole, part, _: memory.joined(part.memory.facts, whole.memory.facts),
    "summary": lambda whole, part, _: memory.both(part.memory, whole.memory),
    "summarised_until": _latest("summarised_until"),
    "reflect_at": _latest("reflect_at"),
    "erased_at": _latest("erased_at"),
    "mood_score": _mood("mood_score"),
    "mood_reason": _mood("mood_reason"),
    "mood_at": _mood("mood_at"),
    "mood_called_at": _latest("mood_called_at"),
    "spared_until": _latest("spared_until"),
    "costs": lambda whole, part, _: joined(whole.spending.costs, part.spending.costs),
    "merged_into": _constant(""),
}
