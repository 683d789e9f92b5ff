"""The check of a tenant on plain data, as a console's form or a program's request holds it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.tenants.validation import LIMIT, Invalid, Problem, validate
from tests.fakes.clinic import VALID, changed, without

NOT_TEXT: dict[Any, Any] = {7: "x"}


def refused(data: Any) -> list[Problem]:
    """Returns the problems of the data, or an empty list if it is right."""
    try:
        validate(data)
    except Invalid as invalid:
        return invalid.problems
    return []


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        (changed(["nam"], "x"), "nam", "is not a field (expected one of actions, answers, attributes,"),
        (changed(["scope"], ["x"]), "scope", "['x'] is not text"),
        (
            changed(["limits", "late_after_hours"], "12"),
            "limits.late_after_hours",
            "'12' is not an integer (expected 1…168)",
        ),
        (
            changed(["limits", "late_after_hours"], True),
            "limits.late_after_hours",
            "True is not an integer (expected 1…168)",
        ),
        (changed(["languages"], ["fr", "en", "xx"]), "languages[2]", "'xx' is not a language that we know ("),
        (changed(["hours", "mon"], ["12:00-09:00"]), "hours.mon", "'12:00-09:00' ends before it begins"),
        (changed(["hours", "mon"], ["morning"]), "hours.mon[0]", "'morning' is not allowed (expected the"),
        (changed(["hours", "monday"], []), "hours.monday", "is not a name for this place (expected one of"),
        (changed(["channels", "main", "kind"], "wahaa"), "channels.main.kind", "'wahaa' is not a channel ("),
        (
            changed(["answers", "provider"], "gemni"),
            "answers.provider",
            "unknown provider 'gemni' (did you mean gemini?)",
        ),
        (changed(["texts", "fr", "welcom"], "x"), "texts.fr.welcom", "is not a text (expected one of"),
        (changed(["texts", "fr", "welcome"], None), "texts.fr.welcome", "None is not text"),
        (changed(["texts", "French"], {"a": 3}), "texts.French", "is not a field (expected the form"),
        (changed(["knowledge", 1, "fr"], "Le 33."), "knowledge.phone.fr", "'Le 33.' is not a map"),
        (changed(["knowledge", 1, "source"], {"fr": 2}), "knowledge.phone.source.fr", "2 is not text"),
        (changed(["name"], "\ud800"), "name", r"'\ud800' is not text"),
        (without(["languages"]), "languages", "is missing"),
        (VALID | NOT_TEXT, "7", "is not a field (expected one of actions, answers, attributes,"),
        (changed(["channels", "main", "settings", 7], "x"), "channels.main.settings.7", "is not a field ("),
        ([VALID], "", "[{'"),
        (None, "", "None is not a map"),
    ],
)
def test_a_wrong_field_is_named_with_the_expected_value(data: Any, field: str, message: str) -> None:
    (found,) = refused(data)
    assert found[0] == field
    assert found[1].startswith(message)


def test_all_errors_of_shape_are_told_the_outermost_first() -> None:
    data = changed(["limits", "late_after_hours"], 0) | {"nam": "x", "name": 3}
    data["channels"] = {"main": {"knd": "waha"}}
    assert [field for field, _ in refused(data)] == [
        "nam",
        "name",
        "channels.main.knd",
        "limits.late_after_hours",
        "channels.main.kind",
    ]


def test_all_breaches_of_rules_are_told() -> None:
    data = changed(["timezone"], "Dakar") | {"hours": {"sat": ["10:00-09:00"]}, "texts": {"fr": {"x": "y"}}}
    assert [field for field, _ in refused(data)] == ["timezone", "hours.sat", "texts.fr.x"]


def test_a_value_of_no_branch_is_one_problem_and_one_within_a_branch_is_named_there() -> None:
    assert refused(changed(["channels", "main", "settings", "tags"], None)) == [
        (
            "channels.main.settings.tags",
            "None is not allowed (expected text or an integer or true or false or a list)",
        )
    ]
    assert refused(changed(["channels", "main", "settings", "tags"], ["a", 1])) == [
        ("channels.main.settings.tags[1]", "1 is not text")
    ]


@pytest.mark.parametrize("value", ["sk_LIVE_1", "sk-LIVE\n", 12345, ["sk_LIVE"], {"x": "sk_LIVE"}])
@pytest.mark.parametrize("place", [["channels", "main", "secrets"], ["answers", "secrets"]])
def test_a_value_in_place_of_a_secrets_name_is_never_shown(place: list[str | int], value: Any) -> None:
    for where in (place, [*place, "api_key"]):
        told = str(refused(changed(where, value)))
        assert "LIVE" not in told
        assert "12345" not in told


def test_a_long_list_of_errors_is_cut() -> None:
    assert len(refused(changed(["emergencies", "words"], [1] * 100) | {"languages": [1] * 10})) == LIMIT
    broken = [{"id": f"e{number}"} for number in range(LIMIT + 1)]
    assert len(refused(changed(["knowledge"], broken))) == LIMIT


#: Messages about another field that names something in this one.
REFERENCE = re.compile("is not a (language|channel) of the tenant|unknown (attribute|channel|entry)")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*VALID, "fr", "main", "kind", "settings", "[key]"]), inner)
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(field=st.sampled_from([*VALID]), value=ANYTHING)
def test_any_data_is_taken_or_refused_with_a_field_and_one_line(field: str, value: Any) -> None:
    for place, message in refused({**VALID, field: value}):
        refers = re.search(
            "is not a (language|channel) of the tenant|unknown (attribute|channel|entry)", message
        )
        assert place.startswith(field) or refers
        assert message.isprintable()
        assert not message.endswith("form )")
