"""Phone numbers: common spellings become E.164, and other digits are refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.formats import whatsapp
from shared.formats.phone import e164, region

DAKAR = st.integers(0, 9_999_999).map(lambda rest: f"77{rest:07}")
PARIS = st.integers(0, 99_999_999).map(lambda rest: f"6{rest:08}")
GAPS = st.sampled_from(["", " ", "-", ".", "\u00a0"])


def spaced(digits: str, gap: str) -> str:
    """Joins the digits in pairs, the French way."""
    return gap.join(digits[at : at + 2] for at in range(0, len(digits), 2))


@settings(deadline=None)
@given(DAKAR, GAPS)
def test_all_spellings_of_a_senegalese_number_are_one(national: str, gap: str) -> None:
    full = f"+221{national}"
    abroad = [f"+221{gap}{spaced(national, gap)}", f"00221{gap}{spaced(national, gap)}", f"221{national}"]
    assert {e164(spelt) for spelt in abroad} == {full}
    assert {e164(spelt, "SN") for spelt in [*abroad, spaced(national, gap)]} == {full}


@settings(deadline=None)
@given(PARIS, GAPS)
def test_the_zero_before_a_french_number_is_dialled_at_home_alone(national: str, gap: str) -> None:
    at_home = [spaced(f"0{national}", gap), f"+33 (0){national}", f"0033{national}"]
    assert {e164(spelt, "FR") for spelt in at_home} == {f"+33{national}"}


@settings(max_examples=300, deadline=None)
@given(
    st.from_regex(r"\A(\+|00)?[0-9 ().-]{3,18}\Z", fullmatch=True), st.sampled_from(["", "SN", "FR", "IT"])
)
def test_what_was_read_reads_as_itself(spelt: str, where: str) -> None:
    found = e164(spelt, where)
    if found is not None:
        assert e164(found) == e164(found, where) == e164(found.removeprefix("+")) == found


@pytest.mark.parametrize(
    "nonsense",
    [
        *("", " ", "+", "00", "()--()", "12", "+221", "7" * 60, "+999123456789", "+4400324189634"),
        *("bonjour", "1-800-FLOWERS", "+221770000001 Awa", "++221770000001", "²²¹⁷⁷"),
    ],
)
def test_nonsense_is_no_number(nonsense: str) -> None:
    assert e164(nonsense) is None
    assert e164(nonsense, "SN") is None


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_number_or_none(text: str) -> None:
    found = e164(text, "SN")
    assert found is None or found[1:].isdecimal()


def test_where_a_number_is_from() -> None:
    assert (region("221770000001"), region("+33612345678"), region("SN.1A"), region("")) == (
        "SN",
        "FR",
        "",
        "",
    )


@pytest.mark.parametrize(
    "digits", ["221770000001", "5215512345678", "4400324189634", "999123456789", "22107"]
)
def test_who_a_person_is_does_not_depend_on_the_library(digits: str) -> None:
    found = whatsapp.person(f"{digits}@c.us")
    assert found is not None
    assert found.identity == whatsapp.account(digits, "").identities[0] == f"whatsapp:+{digits}"


def test_a_card_has_its_numbers_in_e164() -> None:
    card = whatsapp.vcard("Awa", ["77 000 00 01", "+33 6 12 34 56 78", "poste 12"], sender="221770000002")
    assert card.split("\r\n")[3:6] == ["TEL:+221770000001", "TEL:+33612345678", "TEL:poste 12"]
