"""A conversation's fields have groups in the code, and none in the store."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.conversation.absorbing import absorb
from shared.conversation.conversation import GROUPS, Conversation, State
from shared.conversation.groups import Presence, Turn
from tests.world import START


def stored(**fields: object) -> dict[str, Any]:
    """Returns a conversation's fields as the store has them."""
    times = {"id": "s", "started_at": START, "last_at": START}
    known = {"tenant": "parish", "conversation": "waha.p", "channel": "waha", "contact": "p", "chat": "1"}
    return {**known, "updated_at": START, "session": times, **fields}


def test_a_stored_conversation_is_read_into_groups_and_written_without_them() -> None:
    lease = {"owner": "M1", "taken_at": START, "until": START}
    fields = stored(epoch=7, lease=lease, outbound=3, recent=[START], earlier=["waha.q"], why="x")
    found = Conversation.model_validate(fields)
    assert (found.turn.epoch, found.sending.outbound, found.archive.earlier) == (7, 3, ["waha.q"])
    assert found.turn.lease
    assert found.turn.lease.owner == "M1"
    again = found.model_dump()
    assert {name: again[name] for name in ("epoch", "outbound", "recent", "earlier", "why")} == {
        name: fields[name] for name in ("epoch", "outbound", "recent", "earlier", "why")
    }
    assert not set(GROUPS) & set(again)
    assert Conversation.model_validate(again) == found


def test_no_two_groups_share_the_name_of_a_field() -> None:
    names = [name for group in GROUPS.values() for name in group.model_fields]
    names += [name for name in Conversation.model_fields if name not in GROUPS]
    assert len(set(names)) == len(names)


def test_conversations_do_not_share_their_groups() -> None:
    one, other = Conversation.model_validate(stored()), Conversation.model_validate(stored())
    one.turn.take("M1", START, START)
    one.archive.earlier.append("waha.q")
    assert (other.turn, other.archive.earlier) == (Turn(), [])


def test_a_human_who_takes_over_ends_the_turn_and_its_work() -> None:
    found = Conversation.model_validate(stored())
    found.take_turn("M1", START, START)
    before = found.turn.epoch
    found.take_over(Presence(since=START, until=START, source="phone"))
    assert (found.state, found.turn.lease, found.due_at) == (State.HUMAN, None, None)
    assert found.turn.epoch > before, "the turn at work must not commit"


@pytest.mark.parametrize("silence", [timedelta(minutes=5), timedelta(hours=2)])
def test_a_request_that_ended_elsewhere_leaves_the_conversation_to_a_human_on_the_phone(
    silence: timedelta,
) -> None:
    """The concierge is silent as long as without the talk at the desk."""
    found = Conversation.model_validate(stored())
    found.take_over(Presence(since=START, until=START + silence, source="phone"))
    found.take_over(Presence(since=START, until=START + timedelta(hours=1), source="desk", by="one"))
    found.staff.handoff = "h1"
    found.forget_request()
    assert found.staff.handoff == ""
    last = START + silence - timedelta(seconds=1)
    found.end_silence(last)
    assert (found.state, found.human_present(last)) == (State.HUMAN, True)
    found.end_silence(START + silence)
    assert (found.state, found.staff.human) == (State.BOT, None)


def test_a_request_that_ended_elsewhere_gives_the_conversation_of_the_desk_back() -> None:
    found = Conversation.model_validate(stored())
    found.take_over(Presence(since=START, until=START + timedelta(hours=1), source="desk", by="one"))
    found.staff.handoff = "h1"
    found.forget_request()
    assert (found.state, found.staff.human, found.staff.handoff) == (State.BOT, None, "")


@pytest.mark.parametrize("first", [True, False])
def test_a_merge_keeps_the_longest_silence_of_a_human_on_the_phone(*, first: bool) -> None:
    one, other = Conversation.model_validate(stored()), Conversation.model_validate(stored())
    one.take_over(Presence(since=START, until=START + timedelta(hours=3), source="phone"))
    one.take_over(Presence(since=START, until=START + timedelta(hours=1), source="desk", by="one"))
    other.take_over(Presence(since=START, until=START + timedelta(hours=2), source="phone"))
    part, whole = (one, other) if first else (other, one)
    merged = absorb(part, whole, "waha.q", "q", START)
    assert merged.human_present(START + timedelta(hours=3) - timedelta(seconds=1))
    assert not merged.human_present(START + timedelta(hours=3))
