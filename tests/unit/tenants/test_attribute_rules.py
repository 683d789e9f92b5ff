"""Attributes and the rules of messages that we begin: each mistake is told with its field."""

from __future__ import annotations

from typing import Any

import pytest

from shared.formats.conditions import Condition
from shared.formats.templates import Template
from shared.tenants.attribute_rules import variables
from shared.tenants.validation import Invalid, Problem, validate
from tests.fakes.clinic import VALID

#: Words of CEL's specification (reserved, types, functions) and of Jinja's statements.
WORDS = """as break const continue for function import let loop package namespace return var void while bool
    bytes double duration dyn int list map null_type string timestamp type uint size has all exists matches
    and elif else false if in is none not null or true endif endfor block set macro from with filter self
    super range dict date day time number first upper capitalize default""".split()


def refused(**fields: Any) -> list[Problem]:
    """Returns the problems of the clinic with other fields and no triggers, or an empty list."""
    try:
        validate(VALID | {"triggers": {}} | fields)
    except Invalid as invalid:
        return invalid.problems
    return []


@pytest.mark.parametrize(
    ("attributes", "field", "message"),
    [
        ({"name": {"type": "text"}}, "name", "is known of every contact (expected another name)"),
        ({"timezone": {"type": "text"}}, "timezone", "is known of every contact (expected another name)"),
        ({"null": {"type": "text"}}, "null", "is a word of conditions and templates (expected another name)"),
        ({"Room": {"type": "text"}}, "Room", "is not a field (expected the form ^[a-z]"),
        ({"room": {"type": "string"}}, "room.type", "'string' is not allowed (expected one of boolean, choi"),
        ({"room": {}}, "room.type", "is missing"),
        ({"room": {"type": "choice"}}, "room.choices", "is missing (expected the values of the choice)"),
        ({"room": {"type": "text", "choices": ["a"]}}, "room.choices", "is only for the type choice, and th"),
        ({"room": {"type": "choice", "choices": ["a", "a"]}}, "room.choices[1]", "'a' stands here twice"),
        ({"room": {"type": "choice", "choices": [" "]}}, "room.choices[0]", "is empty"),
        ({"room": {"type": "text", "label": {"de": "Zimmer"}}}, "room.label.de", "'de' is not a language of"),
        ({"room": {"type": "text", "label": "Room"}}, "room.label", "'Room' is not a map"),
    ],
    ids=str,
)  # fmt: skip
def test_a_wrong_attribute_is_told(attributes: dict[str, Any], field: str, message: str) -> None:
    (found,) = refused(attributes=attributes)
    assert found.field == f"attributes.{field}"
    assert found.message.startswith(message)


@pytest.mark.parametrize("word", WORDS)
def test_an_attribute_that_is_taken_works_in_conditions_and_templates(word: str) -> None:
    attributes = {word: {"type": "text"}}
    if refused(attributes=attributes):
        return
    names = variables(validate(VALID | {"triggers": {}, "attributes": attributes}).tenant)
    assert Condition(f'{word} == "x"', names).holds({word: "x"})
    assert not Condition(f'{word} == "x"', names).holds({word: "y"})
    text = Template(f"{{% if {word} %}}{{{{ {word} | upper }}}}{{% endif %}}", names)
    assert text.render({word: "x"}, "fr") == "X"


@pytest.mark.parametrize(
    ("messaging", "field", "message"),
    [
        (
            {"quiet": "21:00-21:00"},
            "quiet",
            "'21:00-21:00' ends when it begins (expected two different times",
        ),
        ({"quiet": "21-8"}, "quiet", "'21-8' is not allowed (expected the form"),
        ({"holidays": "XX"}, "holidays", "'XX' is not a country that we know (expected a country with known"),
        ({"holidays": "Senegal"}, "holidays", "'Senegal' is not allowed (expected the form ^[A-Z]{2}$, such"),
        ({"channels": ["main", "wha"]}, "channels[1]", "unknown channel 'wha' (expected one of main)"),
        ({"per_day": 0}, "per_day", "0 is not allowed (expected 1…50)"),
        ({"per_hour": 1}, "per_hour", "is not a field (expected one of channels, holidays, per_day,"),
    ],
    ids=str,
)
def test_a_wrong_rule_of_messages_is_told(messaging: dict[str, Any], field: str, message: str) -> None:
    (found,) = refused(messaging=messaging)
    assert found.field == f"messaging.{field}"
    assert found.message.startswith(message)


@pytest.mark.parametrize(
    "messaging", [{"quiet": None}, {"quiet": "00:00-06:00", "holidays": None}, {"holidays": "FR"}], ids=str
)
def test_a_right_rule_of_messages_is_taken(messaging: dict[str, Any]) -> None:
    assert refused(messaging=messaging) == []
