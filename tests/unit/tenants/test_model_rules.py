"""Rules for a tenant's language models, with the field that each breach names."""

from __future__ import annotations

from typing import Any

import pytest

from shared.models.answers import Answers
from shared.tenants.model_rules import breaches

GOOD: dict[str, Any] = {
    "models": {
        "claude": {"format": "anthropic", "keys": ["hotel-claude-one", "hotel-claude-two"]},
        "glm": {"format": "anthropic", "model": "glm-5.3", "url": "https://api.z.ai/api/anthropic"},
        "local": {"format": "openai_compatible", "model": "llama", "url": "http://localhost:11434/v1"},
    },
    "tasks": {"answer": ["claude", "glm"], "judge": ["local"]},
}


def changed(**models: dict[str, Any]) -> dict[str, Any]:
    return GOOD | {"models": GOOD["models"] | models}


def test_a_good_choice_has_no_breach() -> None:
    assert list(breaches(Answers.model_validate(GOOD))) == []
    assert list(breaches(Answers(provider="gemini"))) == []
    assert list(breaches(Answers())) == []


@pytest.mark.parametrize(
    ("answers", "field", "message"),
    [
        ({"provider": "gemni"}, "answers.provider", "'gemni' is not a provider (expected one of anthropic"),
        (
            changed(glm={"format": "glm"}),
            "answers.models.glm.format",
            "'glm' is not a format (expected",
        ),
        (
            changed(glm={"format": "anthropic", "url": "api.z.ai"}),
            "answers.models.glm.url",
            "'api.z.ai' is not an address (expected https://…)",
        ),
        (
            changed(local={"format": "openai_compatible"}),
            "answers.models.local.model",
            "is missing (expected the vendor's name for the model)",
        ),
        ({"provider": "openai_compatible"}, "answers.model", "is missing (expected the vendor's name"),
        (
            GOOD | {"tasks": {"answer": ["claude", "gpt"]}},
            "answers.tasks.answer[1]",
            "'gpt' is not a model of the tenant (expected one of claude, glm, local)",
        ),
        (
            {"tasks": {"judge": ["gpt"]}},
            "answers.tasks.judge[0]",
            "'gpt' is not a model of the",
        ),
    ],
)
def test_a_breach_names_its_field_and_what_is_expected(
    answers: dict[str, Any], field: str, message: str
) -> None:
    [(found, told)] = breaches(Answers.model_validate(answers))
    assert found == field
    assert told.startswith(message)
