"""Quality of the demo tenants' knowledge on questions as people type them, without a model.

Each question of retrieval.yaml is handled as a first message: language, index, offline answer. Right means
that the expected entry is the answer; refused means an honest "I do not know". `held_out` was written after
the weights and the threshold were set, and is not to be tuned on: with so few questions, its floor is lower.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts import tenant_file
from shared.answers.offline import Offline
from shared.knowledge.index import Index
from shared.language.detection import detect
from shared.models.tenant import Tenant
from tests.fakes.asked import Found, asked

CASES: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "retrieval.yaml").read_text(encoding="utf-8")
)
TENANTS = sorted(CASES)
PASSAGES = 5


@dataclass(frozen=True)
class Answerer:
    """A tenant that answers from its knowledge alone."""

    tenant: Tenant
    index: Index
    entries: frozenset[str]
    worded: frozenset[str]

    async def ask(self, text: str) -> str:
        """Returns the entry that answers, or "unknown"."""
        language = detect(self.tenant, text, self.tenant.languages[0])
        passages = self.index.search(text, language, PASSAGES)
        answer = await Offline(Found(passages)).answer(asked(self.tenant, text, language))
        assert answer is not None
        return answer.why.removeprefix("offline:")


@pytest.fixture(scope="module")
def answerers() -> dict[str, Answerer]:
    found = {}
    for name in TENANTS:
        file = tenant_file.load(tenant_file.FOLDER / f"{name}.yaml")
        worded = (wording for entry in file.knowledge for wording in entry.wordings.values())
        found[name] = Answerer(
            file.tenant,
            Index(file.knowledge),
            frozenset(entry.entry for entry in file.knowledge),
            frozenset(question.lower() for wording in worded for question in wording.questions),
        )
    return found


def expected(case: dict[str, Any]) -> list[str]:
    return case["entry"] if isinstance(case["entry"], list) else [case["entry"]]


@pytest.mark.parametrize("name", TENANTS)
def test_the_questions_are_fair(answerers: dict[str, Answerer], name: str) -> None:
    """Checks that there are enough, on existing entries, and that none is copied from an entry."""
    answerer, cases = answerers[name], CASES[name]
    known = [*cases["known"], *cases["held_out"]["known"]]
    assert len(cases["known"]) >= 60
    assert len(cases["unknown"]) >= 20
    assert {entry for case in known for entry in expected(case)} <= answerer.entries
    assert not {case["ask"].lower() for case in known} & answerer.worded


@pytest.mark.parametrize(
    ("part", "right_floor", "refused_floor"), [("tuned", 0.92, 0.90), ("held_out", 0.80, 0.90)]
)
@pytest.mark.parametrize("name", TENANTS)
async def test_people_get_the_right_answer_or_an_honest_one(
    answerers: dict[str, Answerer],
    capsys: pytest.CaptureFixture[str],
    name: str,
    part: str,
    right_floor: float,
    refused_floor: float,
) -> None:
    cases = CASES[name]["held_out"] if part == "held_out" else CASES[name]
    replies = [(case, await answerers[name].ask(case["ask"])) for case in cases["known"]]
    missed = [
        f"  {case['ask']!r}: {entry}, not {' or '.join(expected(case))}"
        for case, entry in replies
        if entry not in expected(case)
    ]
    guessed = [
        f"  {text!r}: {entry}, where nothing is known"
        for text in cases["unknown"]
        if (entry := await answerers[name].ask(text)) != "unknown"
    ]
    right = 1 - len(missed) / len(cases["known"])
    refused = 1 - len(guessed) / len(cases["unknown"])
    with capsys.disabled():
        print(f"\n{name}, {part}: {right:.1%} right, {refused:.1%} refused", *missed, *guessed, sep="\n")  # noqa: T201
    assert right >= right_floor
    assert refused >= refused_floor
