"""Auditor of `make chaos`: it finds each broken promise, and nothing in a good run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.conversation.conversation import Conversation
from shared.conversation.groups import Lease, Session, Turn
from shared.models.message import Inbound, Outbound, Outcome, SentPart, Status
from shared.models.parts import Text
from tests.chaos.auditor import Documents, audit
from tests.chaos.street import Act
from tests.e2e.concierge import chat

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
AWA = "221770000001"


def act(name: str, *, at: float = 0, staff: bool = False, text: str = "?") -> Act:
    return Act(AWA, name, text, staff, START.timestamp() + at)


def call(turn: str, *, at: float = 0, status: int = 201) -> dict[str, Any]:
    moment = (START + timedelta(seconds=at)).isoformat()
    return {
        "kind": "text",
        "turn": turn,
        "to": chat(AWA),
        "text": turn,
        "status": status,
        "at": moment,
    }


def inbound(name: str, turn: str, outcome: Outcome | None = Outcome.ANSWERED) -> Inbound:
    return Inbound(
        tenant="t",
        conversation="c",
        message=name,
        channel="waha",
        gateway_id=name,
        parts=[],
        at=START,
        received_at=START,
        outcome=outcome,
        turn=turn,
    )


def outbound(turn: str, seq: int, *answers: str, status: Status = Status.SENT) -> Outbound:
    return Outbound(
        tenant="t",
        conversation="c",
        message=turn,
        channel="waha",
        to=chat(AWA),
        parts=[SentPart(part=Text(text=turn))],
        at=START,
        seq=seq,
        answers=list(answers),
        status=status,
        open=status.open,
    )


def documents(messages: list[Inbound], turns: list[Outbound], *more: Conversation) -> Documents:
    return Documents({message.message: message for message in messages}, {"S"}, turns, list(more), [])


GOOD = documents(
    [inbound("M1", "re-M1"), inbound("M2", "re-M2")], [outbound("re-M1", 1, "M1"), outbound("re-M2", 2, "M2")]
)
ACTS = [act("M1"), act("M2")]


def test_a_good_run_has_no_findings() -> None:
    found = audit(ACTS, [call("re-M1", status=500), call("re-M1", status=0), call("re-M2")], {}, GOOD)
    assert not any([found.lost, found.duplicated, found.bot_after_human, found.out_of_order, found.stuck])


def test_what_was_never_sent_is_lost() -> None:
    assert audit(ACTS, [call("re-M1")], {}, GOOD).lost == ["M2"]
    assert audit(ACTS, [call("re-M1"), call("re-M2", status=502)], {}, GOOD).lost == ["M2"]


def test_what_never_arrived_is_lost_and_stuck() -> None:
    found = audit([*ACTS, act("M3")], [call("re-M1"), call("re-M2")], {}, GOOD)
    assert (found.lost, found.stuck) == (["M3"], ["not arrived: M3"])


def test_what_has_no_outcome_is_lost_and_stuck() -> None:
    docs = documents([inbound("M1", "", None)], [])
    found = audit([act("M1")], [], {}, docs)
    assert (found.lost, found.stuck) == (["M1"], ["no outcome: M1"])


def test_what_was_left_to_a_human_needs_no_answer() -> None:
    docs = documents([inbound("M1", "", Outcome.LEFT_TO_HUMAN)], [])
    assert audit([act("M1")], [], {}, docs).lost == []


def test_a_part_that_reached_the_gateway_twice_is_a_duplicate() -> None:
    calls = [call("re-M1", status=0), call("re-M1"), call("re-M2")]
    assert audit(ACTS, calls, {}, GOOD).duplicated == ["re-M1: sent 2 times"]


def test_a_message_that_two_turns_answer_is_a_duplicate() -> None:
    docs = documents([inbound("M1", "re-M1")], [outbound("re-M1", 1, "M1"), outbound("re-M2", 2, "M1")])
    assert audit([act("M1")], [call("re-M1"), call("re-M2")], {}, docs).duplicated == ["M1: 2 turns"]


def test_a_word_after_a_human_is_found_until_they_give_back() -> None:
    acts = [*ACTS, act("S", at=10, staff=True), act("B", at=60, staff=True, text="#bot")]
    committed = {"S": START.timestamp() + 11}
    for at, wrong in ((9, 0), (12, 0), (20, 1), (61, 0)):
        found = audit(acts, [call("re-M1"), call("re-M2", at=at)], committed, GOOD)
        assert len(found.bot_after_human) == wrong, at


def test_turns_in_another_order_than_they_were_committed_are_found() -> None:
    assert audit(ACTS, [call("re-M2"), call("re-M1")], {}, GOOD).out_of_order == ["re-M1"]


def test_what_stays_behind_is_stuck() -> None:
    held = Conversation(
        tenant="t",
        conversation="c",
        channel="waha",
        contact="p",
        chat=chat(AWA),
        updated_at=START,
        session=Session(id="s", started_at=START, last_at=START),
        turn=Turn(lease=Lease(owner="M1", taken_at=START, until=START)),
    )
    docs = documents([], [outbound("re-M1", 1, status=Status.SENDING)], held)
    assert audit([], [], {}, docs).stuck == ["open: re-M1 sending", "lease or pending: c"]
