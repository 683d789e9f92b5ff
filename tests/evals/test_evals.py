"""The evaluation itself: nothing is understood worse than in the kept baseline, and it judges as it says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from shared.answers import Answer
from shared.answers.order import Answers
from shared.conversation.conversation import Conversation
from shared.conversation.emergencies import CallForEmergency
from shared.models.message import Inbound, Outcome
from shared.models.parts import Choice, Choices, Part, Pressed, Text
from shared.models.tenant import Tenant
from tests.evals import baseline
from tests.evals.__main__ import HALVES, measured
from tests.evals.cases import Case, tenant
from tests.evals.figures import Figure, figures
from tests.evals.play import Organisation, Result
from tests.evals.verdicts import Turn, verdict

FACT = Case("hotel", "fact", "everyday", "en", "How big is the garden room?", entries=["room-garden"])


@pytest.mark.timeout(900)  # half a minute on an idle machine
def test_nothing_is_understood_worse_than_in_the_baseline() -> None:
    kept = baseline.read()
    found = {half: figures(results) for half, results in measured(["frozen"], processes=2).items()}
    assert set(kept) == set(HALVES)
    assert [line for half in found for line in baseline.worse(half, found[half], kept)] == []


# --- conversations, through the whole chain


@pytest.fixture
async def hotel(tmp_path: Path) -> Organisation:
    return await Organisation(tmp_path).open("hotel")


def answers_with(
    patch: pytest.MonkeyPatch, parts: Sequence[Part], why: str, *, tapped: str = "", alarm: bool = False
) -> None:
    """Makes every turn this answer, and a press the answer with the reason `tapped`."""

    async def answer(_: Answers, who: Tenant, where: Conversation, batch: Sequence[Inbound]) -> Answer:
        if isinstance(batch[0].parts[0], Pressed):
            return Answer([Text(text="Yes.")], Outcome.ANSWERED, tapped, "en")
        return Answer(parts, Outcome.ANSWERED, why, "en", [CallForEmergency()] if alarm else [])

    patch.setattr(Answers, "answer", answer)


@pytest.mark.parametrize(
    ("kind", "other", "ask", "expected"),
    [
        ("emergency", "false_alarm", "There is a fire in the kitchen!", ("called", "alarm")),
        ("human", "not_human", "I would like to talk to a real person, please", ("right", "wrong")),
        ("optout", "not_optout", "STOP", ("right", "wrong")),
        ("smalltalk", "injection", "Hello!", ("right", "right")),
        ("unknown", "near_miss", "hello, qwxz vbnm?", ("honest", "honest")),
    ],
)
async def test_the_documents_tell_the_outcome(
    hotel: Organisation, kind: str, other: str, ask: str, expected: tuple[str, str]
) -> None:
    case = Case("hotel", kind, "everyday", "en", ask)
    played = [await hotel.play(1, case), await hotel.play(2, replace(case, kind=other))]
    assert tuple(each.verdict for each in played) == expected


async def test_earlier_messages_are_of_the_same_person_and_of_no_other(hotel: Organisation) -> None:
    case = Case("hotel", "not_optout", "everyday", "en", "Is there a pool?")
    assert (await hotel.play(1, replace(case, before=["STOP"]))).verdict == "wrong"
    assert (await hotel.play(2, case)).verdict == "right"


@pytest.mark.parametrize("why", ["facts:bar,room-garden", "offline:room-garden", "assistant:by-its-words"])
async def test_a_fact_is_found_by_its_name_or_its_words(
    hotel: Organisation, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    answers_with(monkeypatch, [Text(text=f"Well:\n{hotel.answers['room-garden'][0]}")], why)
    assert (await hotel.play(1, FACT)).verdict == "at_once"
    assert (await hotel.play(2, replace(FACT, kind="unknown", entries=()))).verdict == "wrong"


@pytest.mark.parametrize(
    ("id", "tapped", "expected"),
    [
        ("fact:room-garden", "facts:room-garden", "one_tap"),
        ("fact:room-garden", "facts:room-sea-view", "other"),
        ("fact:room-garden", "offline:unknown", "other"),
        ("fact:gone", "facts:room-garden", "other"),
    ],
)
async def test_a_tap_counts_if_it_brings_the_answer(
    hotel: Organisation, monkeypatch: pytest.MonkeyPatch, id: str, tapped: str, expected: str
) -> None:
    choices = [Choice(id="fact:room-sea-view", title="Sea view"), Choice(id=id, title="Garden")]
    offer = Choices(text="Which one?", choices=choices)
    answers_with(monkeypatch, [offer], "offer:room-sea-view,room-garden", tapped=tapped)
    assert (await hotel.play(1, FACT)).verdict == expected
    assert (await hotel.play(2, replace(FACT, kind="near_miss", entries=()))).verdict == "honest"


async def test_a_question_about_danger_is_no_false_alarm(
    hotel: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers_with(monkeypatch, [Text(text="Is somebody in danger?")], "danger", alarm=True)
    played = [
        (await hotel.play(number, replace(FACT, kind=kind, entries=()))).verdict
        for number, kind in enumerate(("emergency", "false_alarm"))
    ]
    assert played == ["asked", "asked"]


# --- verdicts and figures


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (Turn("facts:a,b", ["a", "b"]), "right"),
        (Turn("facts:a", ["a"]), "partial"),
        (Turn("offer:b,c", offered=["b", "c"]), "partial"),
        (Turn("facts:c", ["c"]), "wrong"),
        (Turn("no_answer", calls=frozenset({"no_answer"})), "refused"),
    ],
)
def test_several_questions_need_all_their_answers(turn: Turn, expected: str) -> None:
    case = Case("hotel", "multi", "everyday", "en", "a and b?", entries=["a", "b"])
    assert verdict(case, turn, tapped=False) == expected


def test_equal_parts_weigh_each_style_alike() -> None:
    results = [Result(FACT, Turn("facts:a"), "at_once")] * 3
    results += [Result(replace(FACT, style="sms"), Turn("offline:unknown"), "refused")]
    shares = {each.name: each.share for each in figures(results)}
    assert shares["facts at once: styles in equal parts"] == 0.5
    assert shares["right among answers at once to facts"] == 1


@pytest.mark.parametrize(
    ("low", "share", "lines"), [(False, 0.48, 0), (False, 0.47, 1), (True, 0.52, 0), (True, 0.53, 1)]
)
def test_a_figure_may_be_a_little_worse(low: bool, share: float, lines: int, tmp_path: Path) -> None:
    kept = tmp_path / "baseline.json"
    baseline.keep({"tuned": [Figure("x", 0.5, 0.9, 10, low)]}, kept)
    assert len(baseline.worse("tuned", [Figure("x", share, 0.9, 10, low)], baseline.read(kept))) == lines
    assert len(baseline.worse("tuned", [], baseline.read(kept))) == 1


def test_keeping_one_half_leaves_the_other(tmp_path: Path) -> None:
    kept = tmp_path / "baseline.json"
    baseline.keep({"tuned": [Figure("x", 0.5, 0.9, 10, False)]}, kept)
    baseline.keep({"frozen": [Figure("x", 0.4, 0.9, 10, False)]}, kept)
    assert baseline.read(kept) == {"tuned": {"x": 0.5}, "frozen": {"x": 0.4}}


def test_the_frozen_half_is_not_shown() -> None:
    command = [sys.executable, "-m", "tests.evals", "--half", "frozen", "--show", "fact"]
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout) == (2, "")


def test_the_entries_of_these_tests_are_the_hotels() -> None:
    assert {"room-garden", "room-sea-view"} <= {entry.entry for entry in tenant("hotel").knowledge}
