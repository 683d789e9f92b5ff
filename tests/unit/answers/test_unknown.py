"""A question without a known answer: an honest word, then a human; each time it is noted."""

from __future__ import annotations

from shared.answers.unknown import MISSES, unknown
from shared.conversation.gaps import NoteGap
from shared.models.message import Outcome
from shared.models.parts import words
from shared.models.tenant import Tenant
from tests.fakes.asked import asked

HOTEL = Tenant(tenant="hotel", name="Hôtel Kër Ndox", languages=["en", "fr"])
QUESTION = "Is there a parking?"


def test_the_first_miss_is_said_and_noted() -> None:
    answer = unknown(asked(HOTEL, QUESTION, "en"), "I do not know.", "offline")
    assert ([words(part) for part in answer.parts], answer.why) == (["I do not know."], "offline:unknown")
    assert NoteGap(QUESTION, "en") in answer.acts


def test_a_miss_that_calls_a_human_is_noted_too() -> None:
    turn = asked(HOTEL, QUESTION, "en")
    turn.conversation.session.misses = MISSES - 1
    answer = unknown(turn, "I do not know.", "offline")
    assert (answer.outcome, answer.why) == (Outcome.HANDED_OFF, "no_answer")
    assert NoteGap(QUESTION, "en") in answer.acts
