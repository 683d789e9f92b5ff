"""Rules for a tenant's models: each breach names its field and the expected value, and shows no key."""

from __future__ import annotations

from typing import Any

import pytest

from shared.tenants.validation import Invalid, validate
from tests.fakes.clinic import VALID

MODELS: dict[str, Any] = {
    "quick": {"format": "gemini", "model": "gemini-3.5-flash-lite", "keys": ["clinic-key"]},
    "own": {"format": "gemini", "model": "llama", "url": "http://localhost:11434/v1"},
}

VOICE: dict[str, Any] = {"format": "openai_compatible", "model": "tts-1", "keys": ["clinic-key"]}


def clinic(**answers: Any) -> dict[str, Any]:
    return VALID | {"answers": {"models": MODELS, **answers}}


def model(**changes: Any) -> dict[str, Any]:
    return clinic(models={"quick": MODELS["quick"] | changes})


def refused(data: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        validate(data)
    except Invalid as invalid:
        return [(problem.field, problem.message) for problem in invalid.problems]
    return []


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"tasks": {"answer": ["quick", "own"], "judge": ["own"]}},
        {"provider": "gemini", "tasks": {"answer": ["gemini", "quick"]}},
        {"seconds": 6, "first_seconds": 6.0},
        {"budget": {"per_day": 5, "per_person": 0.05}, "hedged": True},
        {"models": {"vertex": {"format": "gemini"}}},
        {"models": {**MODELS, "voice": VOICE | {"voice": "nova"}}, "tasks": {"speak": ["voice"]}},
    ],
)
def test_a_right_tenant_passes(answers: dict[str, Any]) -> None:
    assert refused(clinic(**answers)) == []


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        (
            clinic(tasks={"answer": ["own", "quik"]}),
            "answers.tasks.answer[1]",
            "unknown model 'quik' (did you mean quick?)",
        ),
        (
            clinic(tasks={"answer": ["own", "quick", "own"]}),
            "answers.tasks.answer[2]",
            "'own' stands here twice (expected each once)",
        ),
        (clinic(tasks={"answr": ["own"]}), "answers.tasks.answr", "is not a name for this place (expected"),
        (
            model(format="gemni"),
            "answers.models.quick.format",
            "unknown format 'gemni' (did you mean gemini?)",
        ),
        (
            model(format="openai_compatible", model=""),
            "answers.models.quick.model",
            "is missing (expected the vendor's name for the model)",
        ),
        (
            clinic(provider="openai_compatible"),
            "answers.model",
            "is missing (expected the vendor's name for the model)",
        ),
        (
            model(url="http://models.example/v1"),
            "answers.models.quick.url",
            "'http://models.example/v1' is not an address of an API (expected https://…",
        ),
        (
            clinic(tasks={"answer": ["quick"], "speak": ["quick"]}),
            "answers.tasks.speak[0]",
            "'quick' does not speak (expected the format openai_compatible)",
        ),
        (
            model(voice="nova"),
            "answers.models.quick.voice",
            "models of gemini do not speak (expected the format openai_compatible)",
        ),
        (
            clinic(voice=True, tasks={"answer": ["quick"]}),
            "answers.voice",
            "no model speaks (expected its name in answers.tasks.speak)",
        ),
        (model(url="https://"), "answers.models.quick.url", "'https://' is not an address"),
        (model(url="https://[::1"), "answers.models.quick.url", "'https://[::1' is not an address"),
        (model(url="models.example"), "answers.models.quick.url", "'models.example' is not an address"),
        (
            model(keys=["clinic-key", "clinic-key"]),
            "answers.models.quick.keys[1]",
            "'clinic-key' stands here twice",
        ),
        (
            clinic(first_seconds=8, seconds=6),
            "answers.first_seconds",
            "8 is longer than answers.seconds (expected at most 6)",
        ),
        (
            clinic(budget={"per_day": 0}),
            "answers.budget.per_day",
            "0 is not allowed (expected a number above 0 or empty)",
        ),
        (
            clinic(budget={"per_person": -1.5}),
            "answers.budget.per_person",
            "-1.5 is not allowed (expected a number above 0 or empty)",
        ),
        (
            clinic(budget={"per_day": 1, "per_person": 2}),
            "answers.budget.per_person",
            "2 is more than answers.budget.per_day (expected at most 1)",
        ),
        (clinic(seconds=1), "answers.seconds", "1 is not allowed (expected 2"),
    ],
)
def test_a_breach_names_its_field_and_the_expected_value(
    data: dict[str, Any], field: str, message: str
) -> None:
    (found,) = refused(data)
    assert found[0] == field
    assert found[1].startswith(message)


@pytest.mark.parametrize("keys", [["sk-LIVE_1"], ["AIzaLIVE"], ["clinic-key", "sk_LIVE\n"], [7], "sk_LIVE"])
def test_a_key_in_place_of_its_name_is_refused_and_never_shown(keys: Any) -> None:
    found = refused(model(keys=keys))
    assert [field.partition("[")[0] for field, _ in found] == ["answers.models.quick.keys"]
    assert "LIVE" not in str(found)


def test_a_missing_key_is_named_where_the_vendor_wants_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from shared.tenants import plugins

    names = plugins.names
    monkeypatch.setattr(plugins, "names", lambda family: names(family) | {"anthropic"})
    (found,) = refused(model(format="anthropic", keys=[]))
    assert found[0] == "answers.models.quick.keys"
    assert found[1].startswith("is missing (expected the name of a secret")
    assert refused(model(format="anthropic", keys=[], url="https://models.clinic.example")) == []


def test_answers_by_voice_need_a_key_for_links() -> None:
    speaking = clinic(models={"voice": VOICE}, tasks={"speak": ["voice"]}, voice=True)
    without = {name: secret for name, secret in VALID["secrets"].items() if name != "link_key"}
    assert refused(speaking | {"secrets": VALID["secrets"] | {"link_key": "clinic-link-key"}}) == []
    (found,) = (problem for problem in refused(speaking | {"secrets": without}) if "voice" in problem[0])
    assert found == (
        "answers.voice",
        "gateways fetch voice notes by signed links (expected secrets.link_key)",
    )
