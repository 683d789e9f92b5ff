"""Dialogues through the scripted model over HTTP: our own part passes all, and the checks can fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scripts.local.vendors.models.exchange import Reply, Seen
from scripts.local.vendors.models.server import PATHS
from scripts.yaml_file import ROOT
from shared.errors import ConfigurationError
from shared.platform.secrets.environment import EnvironmentSecrets
from tests.evals.dialogues import __main__ as command_line
from tests.evals.dialogues import report
from tests.evals.dialogues.cases import SAFETY, Dialogue, Expect, Turn, dialogues, load
from tests.evals.dialogues.checks import faults
from tests.evals.dialogues.judge import Judged, Verdict
from tests.evals.dialogues.run import Result, run
from tests.evals.dialogues.scripted import SECRET, ScriptedServer, lineup, serving
from tests.evals.dialogues.scripted import SECRETS as VALUES
from tests.evals.dialogues.stage import Played

SECRETS = EnvironmentSecrets(None, VALUES)
FORMATS = sorted(PATHS)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with serving() as found:
        yield found


async def played(
    chosen: Sequence[Dialogue], server: ScriptedServer, form: str = "anthropic", judge: str = ""
) -> list[Result]:
    models = lineup(server.url, "scripted", form, judge)
    return [result async for result in run(chosen, models, server, SECRETS)]


# --- the dialogues


async def test_our_part_passes_all_dialogues(server: ScriptedServer) -> None:
    """Each vendor's format has a share of them."""
    results = []
    for number, form in enumerate(FORMATS):
        results += await played(dialogues()[number :: len(FORMATS)], server, form)
    print("\n" + report.table(results))  # noqa: T201
    assert list(report.faults(results)) == []


def test_there_are_enough_dialogues_of_all_kinds_and_languages() -> None:
    kinds = Counter(each.kind for each in dialogues())
    assert len(dialogues()) >= 100
    assert kinds.keys() >= SAFETY | {"fact", "follow_up", "several", "search", "human", "memory", "choices"}
    assert kinds.keys() >= {"unknown", "exact", "outside", "consent", "voice", "image", "budget", "failing"}
    assert min(kinds.values()) >= 3
    assert {each.language for each in dialogues()} == {"fr", "en", "es", "pt", "wo", "ar"}
    assert {each.tenant for each in dialogues()} == {"hotel", "diocese"}
    assert sum(each.real for each in dialogues()) >= 60


def test_dialogues_that_share_a_world_begin_with_different_words() -> None:
    """The cache would answer the second one."""
    first = Counter((each.tenant, each.turns[0].text) for each in dialogues() if each.plain)
    assert [key for key, times in first.items() if times > 1] == []


# --- a wrong file


@pytest.mark.parametrize(
    ("turn", "told"),
    [
        ("{text: Hello, expect: {say: [x]}}", "wrong.turns.0.expect.say: Extra inputs"),
        ("{text: Hello, expect: {says: ['/(/']}}", "is no regular expression"),
        ("{text: Hello, expect: {calls: [anger]}}", "wrong.turns.0.expect.calls.0"),
        ("{text: Hello}", "wrong.turns.0.expect: Field required"),
        ("{text: Hello, expect: {}, script: [{answer: a, raw: b}]}", "one of answer, call, raw and stop"),
        ("{text: Hello, expect: {}, failing: {first: asleep}}", "expected one of hang"),
    ],
)
def test_a_wrong_dialogue_is_told_with_its_place(turn: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "fact.yaml"
    path.write_text(f"dialogues:\n  - name: wrong\n    language: en\n    turns:\n      - {turn}\n")
    with pytest.raises(ConfigurationError) as error:
        load(path)
    assert str(path) in str(error.value)
    assert told in str(error.value)


@pytest.mark.parametrize("text", ["", "dialogues: []", "dialogues: [1]", "[]"])
def test_a_file_without_dialogues_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "fact.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=r"fact\.yaml"):
        load(path)


# --- the checks can fail

SAID = Played(
    said="The pool is open from *8:00* to 20:00.",
    outcome="answered",
    sources=["pool"],
    tools=["search_knowledge"],
    problems=["value"],
    steps=2,
    cost=0.01,
    calls=frozenset({"asked"}),
    language="en",
    remembered=["I am vegetarian"],
)


@pytest.mark.parametrize(
    ("expect", "fault"),
    [
        ({"says": ["9:00"]}, "does not say 9:00"),
        ({"says": [["9:00", "7:00"]]}, "does not say 9:00 or 7:00"),
        ({"says": ["/open (at|till)/"]}, "does not say"),
        ({"never": ["20:00"]}, "says 20:00"),
        ({"never": ["/from [0-9]/"]}, "says /from [0-9]/"),
        ({"tools": ["call_human"]}, "tools: search_knowledge (expected call_human)"),
        ({"tools": []}, "tools: search_knowledge (expected none)"),
        ({"sources": ["bar"]}, "sources: pool (expected bar)"),
        ({"sources": []}, "sources: pool (expected none)"),
        ({"calls": ["emergency"]}, "calls: asked (expected emergency)"),
        ({"remembered": ["vegan"]}, "remembered: I am vegetarian (expected vegan)"),
        ({"choices": ["Bar"]}, "choices: none (expected Bar)"),
        ({"problems": []}, "problems: value (expected none)"),
        ({"steps": 1}, "steps: 2 (expected at most 1)"),
        ({"cost": 0.001}, "cost: 0.01 (expected at most 0.001)"),
        ({"outcome": "handed_off"}, "outcome: answered (expected handed_off"),
        ({"language": "fr"}, "language: en (expected fr"),
        ({"opted_out": True}, "opted_out: False (expected True"),
    ],
)
def test_an_assertion_that_does_not_hold_is_a_fault(expect: dict[str, Any], fault: str) -> None:
    dialogue = _dialogue(Turn(text="?", expect=Expect.model_validate(expect)))
    (found,) = faults(dialogue, dialogue.turns[0], SAID, scripted=False)
    assert found.startswith(f"turn 1: {fault}")


def test_what_holds_is_no_fault_and_the_scripts_part_counts_with_it_alone() -> None:
    expect = {
        "says": ["8:00", ["9:00", "20:00"]],
        "tools": ["search_knowledge"],
        "sources": [["pool", "bar"]],
    }
    turn = Turn(text="?", expect=Expect.model_validate(expect), scripted=Expect(steps=1))
    dialogue = _dialogue(turn)
    assert faults(dialogue, turn, SAID, scripted=False) == []
    assert faults(dialogue, turn, SAID, scripted=True) == ["turn 1: steps: 2 (expected at most 1)"]


LIES: Mapping[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    # What the model says of breakfast, what is asserted of it, and the fault.
    "another entry": (
        {"answer": "Check-out is at 11:00.", "sources": ["check-out-time"]},
        {"sources": ["breakfast-hours"]},
        "sources: check-out-time (expected breakfast-hours)",
    ),
    "a wish nobody had": (
        {"answer": "A person comes.", "wants_human": True, "known": False},
        {"calls": []},
        "calls: asked (expected none)",
    ),
    "half of the answer": (
        {"answer": "Breakfast is served on the terrace.", "sources": ["breakfast-hours"]},
        {"says": ["6:30"]},
        "does not say 6:30",
    ),
    "not known": (
        {"answer": "I do not know.", "known": False},
        {"sources": ["breakfast-hours"]},
        "sources: none (expected breakfast-hours)",
    ),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lying_script_fails_its_dialogue(server: ScriptedServer, lie: str) -> None:
    script, expect, fault = LIES[lie]
    turn = {"text": "What time is breakfast, and when must we leave?", "script": [script], "expect": expect}
    (result,) = await played([_dialogue(Turn.model_validate(turn))], server)
    assert not result.passed
    assert fault in result.faults[0]


async def test_a_choice_that_was_not_offered_cannot_be_pressed(server: ScriptedServer) -> None:
    (result,) = await played([_dialogue(Turn(text="Sea room", by="press", expect=Expect()))], server)
    assert result.faults == ["turn 1: cannot be played: 'Sea room' was not offered"]


# --- the judge, and the report


async def test_the_judge_gets_question_passages_and_answer_as_data(server: ScriptedServer) -> None:
    chosen = [each for each in dialogues() if each.name == "spa-then-massage"]
    asked: list[Any] = []
    answer = server._reply

    def kept(found: Seen) -> Reply:
        if "grounded" in (found.schema or {}).get("properties", {}):
            asked.append(found.question)
        return answer(found)

    server._reply = kept  # type: ignore[method-assign]
    (result,) = await played(chosen, server, judge="scripted")
    assert [each["question"] for each in asked] == [turn.text for turn in chosen[0].turns]
    assert asked[1]["before"][0] == f"person: {chosen[0].turns[0].text}"
    assert asked[1]["answer"] == result.turns[1].said
    assert "spa-massages" in {passage["id"] for passage in asked[1]["passages"]}
    assert [each.verdict is not None for each in result.judged.values()] == [True, True]


async def test_a_judge_that_fails_fails_nothing_else(server: ScriptedServer) -> None:
    answer = server._reply

    def garbled(found: Seen) -> Reply:
        said = answer(found)
        return replace(said, text="no") if "grounded" in str(found.schema) else said

    server._reply = garbled  # type: ignore[method-assign]
    (result,) = await played(dialogues_named("pool-hours"), server, judge="scripted")
    assert result.passed
    assert result.judged[1].verdict is None
    assert result.judged[1].reason.startswith("no verdict")


def test_the_report_tells_verdicts_and_reasons(tmp_path: Path) -> None:
    turn = Turn(text="Pool?", expect=Expect())
    verdict = Verdict(grounded=False, helpful=True, language_ok=True, reason="9:00 stands nowhere")
    results = [
        Result(_dialogue(turn, "fact"), [SAID], [], {1: Judged(verdict, verdict.reason)}),
        Result(_dialogue(turn, "claim"), [replace(SAID, seconds=3.0)], ["turn 1: says booked"]),
    ]
    report.write(results, {"provider": "claude", "model": "x", "judge": ""}, tmp_path / "eval.json")
    written = json.loads((tmp_path / "eval.json").read_text("utf-8"))
    assert written["model"] == "x"
    assert written["date"]
    assert written["figures"]["all"] == report.figures(results)
    assert written["figures"]["all"]["passed"] == 1
    assert written["figures"]["all"]["p95_s"] == 3.0
    assert written["figures"]["fact"]["grounded"] == 0.0
    assert [each["faults"] for each in written["dialogues"]] == [[], ["turn 1: says booked"]]
    assert written["dialogues"][0]["turns"][0]["judge"]["reason"] == "9:00 stands nowhere"
    assert report.unsafe(results) == ["made"]
    assert "claim*" in report.table(results)
    assert "grounded" in report.table(results)


# --- the command


@pytest.mark.parametrize(("kind", "code"), [("fact", 0), ("leak", 1)])
def test_a_dialogue_on_safety_must_not_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, code: int
) -> None:
    turn = Turn(text="Do you have a gym?", expect=Expect(says=["nine swans"]))
    monkeypatch.setattr(command_line, "_selected", lambda _: [_dialogue(turn, kind)])
    monkeypatch.setattr(report, "FILE", tmp_path / "eval.json")
    monkeypatch.setattr(sys, "argv", ["eval"])
    monkeypatch.setenv("PROVIDER", "scripted")
    monkeypatch.setenv(SECRET, "a-key-of-a-vendor")
    assert command_line.main() == code
    told = capsys.readouterr()
    written = (tmp_path / "eval.json").read_text("utf-8")
    assert "does not say nine swans" in told.out
    assert json.loads(written)["dialogues"][0]["passed"] is False
    assert "a-key-of-a-vendor" not in written + told.out + told.err


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "tests.evals.dialogues", *arguments],
        cwd=ROOT,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"PROVIDER": "claude"}, "ANTHROPIC_API_KEY"),
        ({"PROVIDER": "scripted", "JUDGE": "openai:gpt-x"}, "OPENAI_API_KEY"),
        ({"PROVIDER": "chatty"}, "PROVIDER: 'chatty' is not a model"),
        ({"PROVIDER": "openai"}, "PROVIDER: answers.models.openai.model: is missing"),
        ({"PROVIDER": "scripted", "JUDGE": "nobody"}, "JUDGE: 'nobody' is not a model"),
    ],
    ids=str,
)
def test_a_wrong_setting_is_one_line(variables: dict[str, str], told: str) -> None:
    done = command(**variables)
    assert done.returncode == 2
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def dialogues_named(name: str) -> list[Dialogue]:
    return [each for each in dialogues() if each.name == name]


def _dialogue(turn: Turn, kind: str = "fact") -> Dialogue:
    return Dialogue(name="made", kind=kind, language="en", turns=[turn])
