"""Conditions: null, numbers and types, refusals and their reasons, and hostile expressions."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.formats.conditions import Condition
from shared.models.attributes import Kind

KINDS: dict[str, Kind] = {
    "age": "number",
    "name": "text",
    "level": "choice",
    "groups": "list_of_text",
    "vip": "boolean",
    "check_in": "date",
    "clock": "time",
    "seen_at": "moment",
    "language": "text",
    "timezone": "text",
    # Names of CEL's own.
    "size": "text",
    "duration": "number",
    "google": "text",
}
VALUES: dict[str, Any] = {
    "age": 20,
    "name": "Awa Diop",
    "level": "gold",
    "groups": ["choir", "youth"],
    "vip": True,
    "check_in": "2026-12-24",
    "clock": "18:30",
    "seen_at": "2026-12-24T18:30:00+00:00",
    "language": "fr",
    "timezone": "Europe/Paris",
    "size": "xl",
    "duration": 2.5,
    "google": "g",
}


@pytest.mark.parametrize(
    "text",
    [
        "age >= 18",
        "18 <= age",
        "age == 20 && age != 21 && age in [20, 30] && !(age in [21])",
        "age == 20.0 && age < 20.5 && age > 0x10",
        "age * 2 == 40 && 2 * age == 40 && age + 1 > 20 && 1 + age > 20 && age - 1 < 20 && age / 4 == 5",
        "-age < 0",
        "'choir' in groups && !('men' in groups)",
        "size(groups) == 2 && groups.size() > 1 && size(name) == 8",
        "groups == ['choir', 'youth']",
        "name.startsWith('Awa') && name.endsWith('Diop') && name.contains(' ')",
        "level in ['gold', 'silver']",
        "vip ? age > 18 : false",
        "vip == true && !false",
        "check_in >= '2026-12-01' && check_in < '2027-01-01'",
        "clock > '18:00'",
        "seen_at > timestamp('2026-12-24T18:00:00Z')",
        "seen_at - timestamp('2026-12-24T00:00:00Z') > duration('18h')",
        "seen_at + duration('1h') > seen_at",
        "seen_at.getFullYear() == 2026 && seen_at.getHours(timezone) == 19",
        "timestamp(check_in + 'T00:00:00Z') < seen_at",
        "size == 'xl' && duration > 2 && google == 'g'",
        "language == 'fr' // the parish's own\n",
        'name == "Awa" + " " + "Diop"',
    ],
)
def test_a_condition_that_holds(text: str) -> None:
    assert Condition(text, KINDS).holds(VALUES)
    assert not Condition(f"!({text})", KINDS).holds(VALUES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name == null", True),
        ("null == name", True),
        ("age == null && vip == null && groups == null && seen_at == null", True),
        ("name != null", False),
        ("name != 'Awa'", True),
        ("age != 3", True),
        ("age == 3", False),
        ("age > 3", False),
        ("!(age > 3)", False),
        ("age + 1 == 1", False),
        ("name < 'b'", False),
        ("seen_at > timestamp('2026-12-24T18:00:00Z')", False),
        ("vip", False),
        ("!vip", False),
        ("vip ? true : true", False),
        ("'a' in groups", False),
        ("!('a' in groups)", False),
        ("size(groups) == 0", False),
        ("name in ['a']", False),
        ("name.startsWith('A')", False),
        ("age > 3 || true", True),
        ("age > 3 && false || name == null", True),
        ("name == null || name.startsWith('A')", True),
        ("true", True),
    ],
)
def test_an_absent_value_is_null(text: str, expected: bool) -> None:
    assert Condition(text, KINDS).holds({}) is expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("age", "20"),
        ("age", True),
        ("age", 10**400),
        ("vip", 1),
        ("name", 3),
        ("groups", "choir"),
        ("groups", [1]),
        ("seen_at", "yesterday"),
        ("check_in", ["2026-12-24"]),
    ],
)
def test_a_value_of_another_kind_does_not_hold(name: str, value: Any) -> None:
    assert not Condition(f"{name} == null", KINDS).holds({name: value})
    assert not Condition(f"{name} != null", KINDS).holds({name: value})
    assert Condition("language == 'fr'", KINDS).holds({"language": "fr", name: value})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read from column 1 on"),
        ("age >", "cannot be read from column 5 on"),
        ("age = 3", "cannot be read from column 5 on"),
        ("age > 3\n&& %", "cannot be read from line 2, column 4 on"),
        ("'abc", "cannot be read from column 1 on"),
        ("ag > 3", "unknown attribute 'ag' (did you mean age?) in column 1"),
        ("vip && chek_in == '2026-12-24'", "'chek_in' (did you mean check_in?) in column 8"),
        ("zzz == 1", "unknown attribute 'zzz' (expected one of age, check_in,"),
        ("age", "the result is a number (expected true or false)"),
        ("name", "the result is text (expected true or false)"),
        ("null", "the result is null (expected true or false)"),
        ("vip && name", "text stands here (expected true or false) in column 8"),
        ("vip ? name : 'a'", "the result is text"),
        ("vip ? true : 1", "a number stands here (expected true or false)"),
        ("name > 5", "text > a number cannot be compared in column 1"),
        ("age == '20'", "a number == text cannot be compared"),
        ("vip > false", "true or false > true or false cannot be compared"),
        ("age > null", "a number > null cannot be compared"),
        ("1 in groups", "a number in a list of text cannot be compared"),
        ("name in 'abc'", "text in text cannot be compared"),
        ("name + 1 == 'a'", "text + a number cannot be calculated"),
        ("check_in >= '24.12.2026'", "'24.12.2026' is no date (expected 2026-12-24) in column 13"),
        ("'6 pm' < clock", "'6 pm' is no time (expected 18:30) in column 1"),
        ("seen_at > timestamp('2026-13-01T00:00:00Z')", "the constant in column 11 has no value"),
        ("groups.contains('a')", "contains does not take (a list of text, text) (expected (text, text))"),
        ("age in []", "the list is empty"),
        ("age in [1, 'a']", "text stands here (expected a number)"),
        ("age > 9223372036854775808", "the number is too long"),
        (f"name == '{'a' * 1000}'", "characters (expected at most 1000)"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        Condition(text, KINDS)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "name.matches('(a+)+$')",
        "groups.exists(g, groups.all(h, g == h))",
        "[1, 2, 3].map(x, [x, x]).size() > 1",
        "[1, 2].reduce(a, b, 0, a + b) > 1",
        "has(name.first)",
        "dyn(name) == 1",
        "type(name) == string",
        "'%0999999999d' % 5 == ''",
        "'a' * 1000000000 == ''",
        "[1] * 1000000000 == [1]",
        "name.__class__ == null",
        "__import__('os') == null",
        "name[0] == 'A'",
        "{'a': 1} == {'a': 1}",
        "Name{a: 1} == null",
        ".name == 'a'",
        "b'a' == b'a'",
        "1u == 1u",
        "google.protobuf.Int32Value == null",
        "!" * 990 + "vip",
        "vip" + " || vip" * 120,
        "-" * 900 + "1 > 0",
        "(" * 500 + "vip",
        "vip ? " * 150 + "true" + " : true" * 10,
    ],
)
def test_what_no_condition_may_use(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Condition(text, KINDS)


def test_an_error_is_not_null() -> None:
    for text in ("int(name) == null", "int(name) != null", "null == int(name)"):
        assert not Condition(text, KINDS).holds({"name": "Awa"})
    assert Condition("int(name) != null", KINDS).holds({"name": "12"})


def test_a_long_chain_is_evaluated() -> None:
    chain = " || ".join(f"age == {number}" for number in range(60))
    assert Condition(chain, KINDS).holds({"age": 59})
    assert not Condition(chain, KINDS).holds({"age": 60})
    assert Condition("(" * 400 + "vip" + ")" * 400, KINDS).holds({"vip": True})


parts = st.sampled_from(
    "age name level groups vip check_in clock seen_at size timestamp duration getHours int double startsWith "
    "( ) [ ] && || ! == != < <= > >= in + - * / % ? : , . null true 1 0 2.5 'a' '2026-12-24'".split()
)
kept = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.lists(st.text(max_size=3))
)


@given(st.lists(parts, max_size=12).map(" ".join), st.dictionaries(st.sampled_from(list(KINDS)), kept))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_and_any_value_evaluated(text: str, values: dict[str, Any]) -> None:
    try:
        condition = Condition(text, KINDS)
    except ValueError:
        return
    assert condition.holds(values) in (True, False)


operands: dict[str, list[str]] = {
    "number": ["age", "1", "0", "2.5", "-3", "size(groups)", "age / 0", "int(name)", "age * 1e308"],
    "text": ["name", "level", "''", "'a'", "name + level"],
    "moment": ["seen_at", "timestamp('2026-12-24T18:30:00Z')", "seen_at + duration('1h')", "timestamp(name)"],
}
comparisons = st.one_of(
    [
        st.tuples(st.sampled_from(each), st.sampled_from("< <= > >= == !=".split()), st.sampled_from(each))
        for each in operands.values()
    ]
).map(lambda each: f"({' '.join(each)})")
well_typed = st.recursive(
    comparisons
    | st.sampled_from(["vip", "true", "(name in ['a', name])", "(name in groups)", "(groups == null)"]),
    lambda inner: (
        st.tuples(inner, st.sampled_from(["&&", "||", "==", "!="]), inner).map(
            lambda each: f"({' '.join(each)})"
        )
        | inner.map(lambda each: f"!({each})")
    ),
    max_leaves=5,
)


@given(well_typed, st.fixed_dictionaries({}, optional=dict.fromkeys(KINDS, kept)))
@settings(max_examples=200, deadline=None)
def test_a_condition_of_fitting_types_is_never_refused_and_never_fails(
    text: str, values: dict[str, Any]
) -> None:
    assert Condition(text, KINDS).holds(values) in (True, False)


def test_the_library_is_imported_at_the_first_use() -> None:
    script = "import sys, shared.formats.conditions; assert 'celpy' not in sys.modules, 'imported'"
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
