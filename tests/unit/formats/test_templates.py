"""Templates: words in the language, absent values, refusals, and hostile templates and values."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, time
from typing import Any

import pytest
from babel import localedata
from hypothesis import given
from hypothesis import strategies as st

from shared.formats import localised
from shared.formats.templates import LENGTH, Absent, Template

VALUES: dict[str, Any] = {
    "name": "Awa Marie DIOP",
    "check_in": "2026-12-24",
    "clock": "18:30",
    "seen_at": "2026-12-24T18:30:00+00:00",
    "nights": 3,
    "price": 12345.5,
    "groups": ["choir", "youth"],
    "vip": True,
    "timezone": "Europe/Paris",
    "language": "fr",
    "zone": "blue",
    "self": "myself",
    "loop": "round",
}
NAMES = {*VALUES, "room"}


def render(text: str, language: str = "fr", **more: Any) -> str:
    return Template(text, NAMES).render(VALUES | more, language)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Bonjour {{ name | first }} !", "fr", "Bonjour Awa !"),
        ("{{ name }}", "fr", "Awa Marie DIOP"),
        ("{{ name | upper }}, {{ name | first | upper }}", "fr", "AWA MARIE DIOP, AWA"),
        ("{{ name | capitalize }}", "fr", "Awa marie diop"),
        ("{{ check_in | date }}", "fr", "jeudi 24 décembre 2026"),
        ("{{ check_in | date }}", "en", "Thursday, December 24, 2026"),
        ("{{ check_in | day }}", "fr", "jeudi 24 décembre"),
        ("{{ check_in | day }}", "en", "Thursday, December 24"),
        ("{{ '2027-01-01' | day }}", "fr", "vendredi 1er janvier"),
        ("{{ '2027-01-01' | date }}", "fr", "vendredi 1er janvier 2027"),
        ("{{ '2027-01-21' | day }}", "fr", "jeudi 21 janvier"),
        ("{{ '2027-01-01' | day }}", "en", "Friday, January 1"),
        ("{{ check_in | day }}", "es", "jueves, 24 de diciembre"),
        ("{{ check_in | date }}", "xx", "Thursday, December 24, 2026"),
        ("{{ clock | time }}", "fr", "18 h 30"),
        ("{{ clock | time }}", "en", "6:30 PM"),
        ("{{ clock | time }}", "pt", "18:30"),
        ("{{ seen_at | date }}, {{ seen_at | time }}", "fr", "jeudi 24 décembre 2026, 19 h 30"),
        ("{{ price | number }}", "en", "12,345.5"),
        ("{{ price }}, {{ nights }}", "fr", "12345,5, 3"),
        ("{{ groups }}", "fr", "choir, youth"),
        ("{{ language }}{{ zone }}{{ self }}{{ loop }}", "en", "frbluemyselfround"),
        ("{% if vip %}a{% else %}b{% endif %}", "fr", "a"),
        ("{% if nights > 3 %}a{% elif nights == 3 and not room %}b{% endif %}", "fr", "b"),
        ("{% if 'choir' in groups and name not in ['a', 'b'] %}a{% endif %}", "fr", "a"),
        ("{% if vip %}\n  one\n{% endif %}\ntwo\n", "fr", "one\ntwo"),
        ("{# a note #}{% raw %}{{ x }}{% endraw %}", "fr", "{{ x }}"),
    ],
)
def test_the_text(text: str, language: str, expected: str) -> None:
    assert " ".join(render(text, language).split(" ")).replace("\u202f", " ").replace("\xa0", " ") == expected


@pytest.mark.parametrize("empty", [None, "", " \n", "\u202e", []])
def test_a_needed_value_that_is_absent(empty: Any) -> None:
    more = {} if empty is None else {"room": empty}
    for text in (
        "{{ room }}",
        "a {{ room | upper }}",
        "{{ room | date }}",
        "{% if room > '3' %}a{% endif %}",
    ):
        with pytest.raises(Absent) as absent:
            render(text, **more)
        assert absent.value.name == "room"
    assert render("{{ room | default('none yet') }}", **more) == "none yet"
    assert render("{{ room | date | default('soon') }}", **more) == "soon"
    assert render("{% if room %}a{% elif room == 'b' or 'c' in room %}b{% else %}c{% endif %}", **more) == "c"
    assert render("{% if not vip %}{{ room }}{% endif %}d", **more) == "d"


def test_the_names_in_a_template() -> None:
    text = "{{ name | first }}{% if vip %}{{ room | default('a') }}{% endif %}"
    assert Template(text, NAMES).names == {"name", "vip", "room"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ nam }}", "unknown attribute 'nam' (did you mean name?) in line 1"),
        ("a\n\n{{ zzz }}", "unknown attribute 'zzz' (expected one of check_in,"),
        ("{{ check_in | dates }}", "unknown filter 'dates' (did you mean date?) in line 1"),
        ("{{ name | default }}", 'the filter default in line 1 takes one text, such as default("…")'),
        ("{{ name | default(room) }}", "the filter default in line 1 takes one text"),
        ("{{ name | upper('a') }}", "the filter upper in line 1 takes nothing in brackets"),
        ("{{ name", "in line 1"),
        ("{% if vip %}", "Unexpected end of template"),
        ("{{ name.first }}", "a field of a value in line 1 is not allowed (expected {{ name }}, filters"),
        ("{{ none }}", "a value in line 1 is not allowed"),
        ("a" * (LENGTH + 1), f"has {LENGTH + 1} characters (expected at most {LENGTH})"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        Template(text, NAMES)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ name['__class__'] }}",
        "{{ name | attr('__class__') }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler }}{{ lipsum }}{{ range }}{{ namespace }}",
        "{{ name() }}",
        "{% for a in groups %}{{ a }}{% endfor %}",
        "{% for a in range(999999999) %}a{% endfor %}",
        "{% set a = 1 %}",
        "{% macro a() %}{% endmacro %}",
        "{% include 'a' %}",
        "{% import 'a' as b %}",
        "{% extends 'a' %}",
        "{% block a %}{% endblock %}",
        "{% with %}{% endwith %}",
        "{% filter upper %}a{% endfilter %}",
        "{{ 9 ** 999999999 }}",
        "{{ 'a' * 999999999 }}",
        "{{ 'a' ~ 'b' }}",
        "{{ '%0999999999d' % 5 }}",
        "{{ nights + 1 }}",
        "{{ name is defined }}",
        "{{ name if vip else room }}",
        "{{ 1e999 }}",
        "{{ " + "(" * 1700,
        "{{ " + "not " * 800 + "vip }}",
        "{{ " + "[" * 800 + "]" * 800 + " }}",
        "{% if vip %}" * 40 + "a" + "{% endif %}" * 40,
    ],
)
def test_what_no_template_may_use(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        Template(text, NAMES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ vip }}", "a yes or no cannot be shown"),
        ("{{ name | date }}", "expects a date or a moment"),
        ("{{ nights | date }}", "expects a date or a moment"),
        ("{{ check_in | time }}", "the filter time expects a time or a moment"),
        ("{{ name | number }}", "the filter number expects a number"),
        ("{{ vip | number }}", "the filter number expects a number"),
        ("{{ nights | first }}", "the filter first expects a text"),
        ("{% if name > 3 %}a{% endif %}", "values of different types cannot be compared"),
        ("{% if 'a' in nights %}a{% endif %}", "values of different types cannot be compared"),
        ("{% if not vip %}a{% endif %}", "the text has 0 characters"),
    ],
)
def test_values_that_do_not_fit(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        render(text)
    assert message in str(refused.value)
    assert VALUES["name"] not in str(refused.value)


def test_values_are_no_templates_and_mark_nothing() -> None:
    text = "*Bonjour {{ name }}*, _à bientôt_"
    assert render(text, name="{{ room }} {% if %}") == "*Bonjour {{ room }} {% if %}*, _à bientôt_"
    assert render(text, name="A\n\r\n\t\x00b\u2028c\u202e d") == "*Bonjour A b c d*, _à bientôt_"
    assert render(text, name="*x* _y_ ~z~ `k`") == "*Bonjour ∗x∗ ˍyˍ ∼z∼ ˋkˋ*, _à bientôt_"
    assert render("{{ name }}", name="a_b@example.org https://example.org/_a_") == (
        "a_b@example.org https://example.org/_a_"
    )
    assert render("{{ groups }}", groups=["*a*", "b\nc", ""]) == "∗a∗, b c"


def test_a_comparison_sees_the_value_as_it_is_stored() -> None:
    assert render("{% if room == '4*' %}a{% else %}b{% endif %}", room="4*") == "a"


def test_the_text_is_bounded() -> None:
    assert len(render("{{ name }}" * 2, name="a" * (LENGTH // 2))) == LENGTH
    for text, name in (("{{ name }}" * 300, "a" * LENGTH), ("{{ name }}", "a" * (LENGTH + 1))):
        with pytest.raises(ValueError, match="characters"):
            render(text, name=name)


@pytest.mark.parametrize("zone", ["", "Europe/Atlantis", "../etc", "America", 3, "a\0b"])
def test_a_moment_without_a_good_zone_is_in_utc(zone: Any) -> None:
    assert render("{{ seen_at | time }}", timezone=zone).replace("\xa0", " ") == "18 h 30"


def test_each_language_has_its_forms() -> None:
    for language in sorted(each for each in localedata.locale_identifiers() if len(each) < 4):
        shown = localised.day(date(2026, 12, 24), language)
        assert "24" in shown or not shown.isascii(), language
        assert localised.full_date(date(2026, 12, 24), language) != shown, language
        assert localised.clock(time(18, 30), language), language
        assert localised.number(12345.5, language), language


@given(
    st.text()
    | st.lists(
        st.sampled_from("{{ }} {% %} if endif else name vip | date upper ( ) [ ] . + ' \n".split(" "))
    ).map(" ".join),
    st.dictionaries(
        st.sampled_from(sorted(NAMES)),
        st.text() | st.integers() | st.floats() | st.booleans() | st.lists(st.text()),
    ),
)
def test_any_text_is_read_or_refused_and_any_value_shown_or_refused(
    text: str, values: dict[str, Any]
) -> None:
    try:
        shown = Template(text, NAMES).render(values, "fr")
    except (ValueError, Absent):
        return
    assert 0 < len(shown) <= LENGTH


def test_the_library_is_imported_at_the_first_use() -> None:
    script = (
        "import sys, shared.formats.templates; assert not {'jinja2', 'babel'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
