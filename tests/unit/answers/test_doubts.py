"""Questions about a doubt, after the answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared.answers import Answer, Asked
from shared.answers.doubts import STOP, with_doubt
from shared.models.message import Outcome
from shared.models.parts import Choices, Text
from shared.models.tenant import Tenant
from shared.understanding.reader import Danger
from tests.fakes.asked import asked

TENANT = Tenant.model_validate({"tenant": "parish", "name": "Parish", "languages": ["fr"]})
TOLD = Answer([Text(text="Bible : 17/20")], Outcome.ANSWERED, "act:consult_notes", "fr")


def doubtful(text: str, danger: Danger = Danger.NONE) -> Asked:
    found = asked(TENANT, text, "fr", [])
    return replace(found, words=replace(found.words, may_opt_out=True, danger=danger))


def test_a_possible_opt_out_is_asked_about() -> None:
    part = with_doubt(doubtful("plus de notes"), TOLD).parts[0]
    assert isinstance(part, Choices)
    assert STOP in {choice.id for choice in part.choices}


def test_a_person_who_got_their_own_record_is_not_asked_whether_to_stop() -> None:
    record = replace(TOLD, private="[consult_notes]")
    assert with_doubt(doubtful("envoyez-moi les notes de Awa"), record) == record


@pytest.mark.parametrize("private", ["", "[consult_notes]"])
def test_a_possible_danger_is_asked_about_beside_a_record_too(private: str) -> None:
    answer = with_doubt(
        doubtful("les notes, elle ne respire plus", Danger.DOUBT), replace(TOLD, private=private)
    )
    assert answer.outcome == Outcome.HANDED_OFF
