"""Codes as people type them: one canonical form, and nothing that a text can do to it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats import codes

FAMILY, STAY, CATECHIST = "{letters}-{4 digits}", "KN-{5 digits}", "CAT-{4 digits}"
FORMS = [
    FAMILY,
    STAY,
    CATECHIST,
    "{2 letters}/{6 digits}",
    "{4 digits}{letters}",
    "A0-{3 letters} {4 digits}",
]
NOISE = st.sampled_from(list(" -–—−._·•/*'\u00a0\u200e\u200f\u2009\t\n"))
DIGITS = ["0123456789", "０１２３４５６７８９", "٠١٢٣٤٥٦٧٨٩", "۰۱۲۳۴۵۶۷۸۹", "०१२३४५६७८९", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"]
LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=12)


@st.composite
def family_codes(draw: st.DrawFn) -> str:
    return f"{draw(LETTERS)}-{draw(st.integers(0, 9999)):04}"


@st.composite
def typed(draw: st.DrawFn, code: str) -> str:
    """A code as somebody may type it: case, digits, signs and look-alikes of their own."""
    digits, written = draw(st.sampled_from(DIGITS)), ""
    letters, _, number = code.partition("-")
    for each in letters:
        written += draw(st.sampled_from([each, each.lower(), {"O": "0", "I": "1"}.get(each, each)]))
        written += "".join(draw(st.lists(NOISE, max_size=2)))
    for each in number:
        written += draw(st.sampled_from([digits[int(each)], {"0": "o", "1": "l"}.get(each, each)]))
        written += "".join(draw(st.lists(NOISE, max_size=2)))
    return written


@given(st.data())
def test_every_spelling_of_a_code_is_that_code(data: st.DataObject) -> None:
    code = data.draw(family_codes())
    assert codes.canonical(data.draw(typed(code)), FAMILY) == code


@given(family_codes(), family_codes())
def test_two_codes_are_never_one(one: str, other: str) -> None:
    same = codes.canonical(one, FAMILY) == codes.canonical(other, FAMILY)
    assert same == (one == other)


@given(st.text(max_size=80), st.sampled_from(FORMS))
def test_reading_a_canonical_code_changes_nothing(text: str, form: str) -> None:
    found = codes.canonical(text, form)
    assert found is None or codes.canonical(found, form) == found


@given(st.text(), st.sampled_from(FORMS))
def test_no_text_breaks_it(text: str, form: str) -> None:
    for found in (codes.canonical(text, form), codes.code_in(text, form), codes.written_in(text, form)):
        assert found is None or len(found) <= codes.LENGTH + len(form)


@given(family_codes())
def test_the_beginning_is_all_but_the_last_four(code: str) -> None:
    assert codes.beginning(code) == code.partition("-")[0]


@pytest.mark.parametrize("form", FORMS)
def test_the_example_of_a_form_is_one_of_its_codes(form: str) -> None:
    example = codes.example(form)
    assert codes.canonical(example, form) == example


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("kn 2O83l", STAY, "KN-20831"),
        ("k-n 20831", STAY, "KN-20831"),
        ("KM-20831", STAY, None),
        ("KN-208311", STAY, None),
        ("KN-2083", STAY, None),
        ("cat 0417", CATECHIST, "CAT-0417"),
        ("cat-0417", FAMILY, "CAT-0417"),
        ("d10p-4821", FAMILY, "DIOP-4821"),
        ("DIOP😀4821", FAMILY, None),
        ("ديوب-٤٨٢١", FAMILY, "ديوب-4821"),
        ("4821", FAMILY, None),
        ("", FAMILY, None),
        ("ao-ab 1234", "A0-{2 letters} {4 digits}", "A0-AB 1234"),
    ],
)
def test_a_typed_code(text: str, form: str, expected: str | None) -> None:
    assert codes.canonical(text, form) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mon code est diop 4821", "DIOP-4821"),
        ("diop 4821 merci beaucoup", "DIOP-4821"),
        ("le code est de souza 4821", "DESOUZA-4821"),
        ("de souza 4821", "DESOUZA-4821"),
        ("code est 4821", "EST-4821"),
        ("mon code d i o p 4 8 2 1", "DIOP-4821"),
        ("diop 4821 ou sagna 7365", "DIOP-4821"),
        ("quand est la messe", None),
    ],
)
def test_a_code_in_a_sentence(text: str, expected: str | None) -> None:
    words = {"mon", "code", "est", "le"}
    assert codes.code_in(text, FAMILY, words.__contains__) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bonjour, diop-4821 !", "DIOP-4821"),
        ("(DIOP–4821)", "DIOP-4821"),
        ("diop 4821", None),
        ("juin 2026", None),
        ("salle1204", None),
        ("x" * 5_000, None),
    ],
)
def test_a_code_with_its_own_signs(text: str, expected: str | None) -> None:
    assert codes.written_in(text, FAMILY) == expected


@pytest.mark.parametrize(
    "text", ["9" * 5_000, "a1 " * 66, "-" * 200, "\ufdfa" * 200, "😀" * 2_500, "o0" * 100]
)
def test_long_and_odd_texts_are_read_at_once(text: str) -> None:
    began = time.perf_counter()
    for form in FORMS:
        codes.canonical(text, form)
        codes.code_in(text, form, lambda _: True)
        codes.written_in(text, form)
    assert time.perf_counter() - began < 1.0


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        (FAMILY, None),
        (STAY, None),
        ("{6 digits}", None),
        ("CODE", "has no part that varies"),
        ("{letters}", "is too easy to guess"),
        ("KN-{3 digits}", "is too easy to guess"),
        ("{letters}{letters}{4 digits}", "has {letters} twice"),
        ("{digits}-{4 letters}", "has {digits} without their number"),
        ("{4 numbers}", "expected {letters}, {N letters}, {N digits}"),
        ("{4 digits", "expected {letters}, {N letters}, {N digits}"),
        ("{99 digits}", "is 99 characters long"),
        ("é-{4 digits}", "expected {letters}, {N letters}, {N digits}"),
    ],
)
def test_a_form_that_is_none_is_explained(form: str, problem: str | None) -> None:
    found = codes.form_problem(form)
    assert (problem or "") in (found or "")
    assert (problem is None) == (found is None)
