"""The demo tenants with the scripted model: tools, sources, voice, a false claim, and a model that fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.concierge import person
from tests.e2e.conftest import LocalRun


@pytest.fixture(scope="module")
def modelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    run = LocalRun(tmp_path_factory.mktemp("models"), models="scripted")
    run.start()
    yield run
    run.stop()


def told(run: LocalRun, text: str) -> tuple[str, str]:
    """Returns the answer to a new person's message, and the reason beside its outcome."""
    asker = person()
    run.say(asker, text)
    (answer,) = run.until_texts(asker, 1)
    (message,) = [each for each in run.ledger(asker) if each["direction"] == "in"]
    return answer, message["reason"]


def test_two_questions_have_one_answer_with_both_sources(modelled: LocalRun) -> None:
    answer, why = told(modelled, "What does breakfast cost and when is check-out?")
    assert "Breakfast is" in answer
    assert "Check-out is at *11:00*" in answer
    assert answer.splitlines()[-1].count(", p. ") == 2
    assert why.startswith("scripted:")


def test_choices_that_the_model_asks_for_are_shown(modelled: LocalRun) -> None:
    answer, why = told(modelled, "which rooms and suites do you have? give me choices")
    assert "show_choices" in why
    assert "\n1. " in answer


def test_a_claim_of_an_act_that_nobody_did_does_not_go_out(modelled: LocalRun) -> None:
    answer, _ = told(modelled, "Please book us a table for eight tonight")
    assert "booked" not in answer
    assert "problems ['claim" in modelled.log()


def test_a_voice_note_is_answered_as_words(modelled: LocalRun) -> None:
    sound = b"OggS\x00\x02" + bytes(500)  # heard as a question about the pool
    uploaded = modelled.http.post("/_sim/phone/files", content=sound, headers={"Content-Type": "audio/ogg"})
    file = {"id": uploaded.json()["file"], "kind": "voice"}
    asker = person()
    said = {"tenant": "hotel", "channel": "waha", "peer": f"+{asker}", "file": file}
    assert modelled.http.post("/_sim/phone", json=said).json()["webhook_status"] == 200
    (answer,) = modelled.until_texts(asker, 1)
    assert "20" in answer
    assert "Livret d'accueil, p. 14" in answer or "Guest directory, p. 14" in answer


def test_without_a_model_that_answers_the_knowledge_does(modelled: LocalRun) -> None:
    faults = "/_sim/models/faults"
    assert modelled.http.post(faults, json={"vendor": "anthropic", "failure": "busy"}).is_success
    try:
        answer, why = told(modelled, "Is there a lifeguard at the pool?")
    finally:
        modelled.http.delete(faults)
    assert "lifeguard" in answer
    assert why.startswith("offline:")
