"""Spelt values: each local spelling has one meaning, and one with two or none is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contacts import spelt
from shared.contacts.spelt import Unfit

READ: dict[str, Callable[[str], object]] = {
    "number": spelt.number,
    "day": spelt.day,
    "time": spelt.time_of_day,
    "moment": spelt.moment,
    "yes": spelt.yes_or_no,
}


@pytest.mark.parametrize(
    ("kind", "text", "meaning"),
    [
        ("number", "1", 1),
        ("number", "-3", -3),
        ("number", "1,5", 1.5),
        ("number", "0,125", 0.125),
        ("number", "1.234", 1.234),
        ("number", "1 234,5", 1234.5),
        ("number", "1\u202f234\u202f567", 1_234_567),
        ("number", "1'000", 1000),
        ("number", "1,234.5", 1234.5),
        ("number", "1.234,5", 1234.5),
        ("number", "1,234,567", 1_234_567),
        ("number", "١٢", 12),
        ("day", "2026-12-24", "2026-12-24"),
        ("day", "24/12/2026", "2026-12-24"),
        ("day", "24.12.2026", "2026-12-24"),
        ("day", " 4-1-2026 ", "2026-01-04"),
        ("day", "29/02/2028", "2028-02-29"),
        ("time", "18:30", "18:30"),
        ("time", "18h30", "18:30"),
        ("time", "18 h 30", None),
        ("time", "8H", "08:00"),
        ("time", "18:30:59", "18:30"),
        ("time", "6:30 pm", "18:30"),
        ("time", "12 a.m.", "00:00"),
        ("moment", "2026-12-24T18:30:00Z", datetime(2026, 12, 24, 18, 30, tzinfo=UTC)),
        ("moment", "2026-12-24 18:30+01:00", datetime(2026, 12, 24, 17, 30, tzinfo=UTC)),
        ("moment", "24/12/2026 18h30", datetime(2026, 12, 24, 18, 30)),
        ("yes", "Oui", True),
        ("yes", "NÃO", False),
        ("yes", "1", True),
        ("yes", "нет", None),
        ("yes", "نعم", True),
    ],
)
def test_a_spelling_has_its_meaning(kind: str, text: str, meaning: object) -> None:
    if meaning is None:
        with pytest.raises(Unfit):
            READ[kind](text)
    else:
        assert READ[kind](text) == meaning


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(
            ("number", each)
            for each in ("1,234", "12 34", "1e5", "nan", "inf", "", "9" * 17, "1,23,456", "1.5,5")
        ),
        *(
            ("day", each)
            for each in ("12/24/2026", "31/02/2026", "29/02/2026", "24/12/26", "1/2-2026", "46380")
        ),
        *(("day", each) for each in ("", "1800-01-01", "2026-12-24T00:00", "24 décembre")),
        *(("time", each) for each in ("24:00", "18", "1830", "7:5", "18:60", "13 pm", "0 am", "", "midi")),
        *(("moment", each) for each in ("2026-12-24", "18:30", "2026-12-24T18:30+99:00", "demain 18h30")),
        *(("yes", each) for each in ("", "peut-être", "2", "oui non")),
    ],
)
def test_a_spelling_with_no_meaning_or_two_is_refused(kind: str, text: str) -> None:
    with pytest.raises(Unfit, match="expected"):
        READ[kind](text)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_each_day_is_read_from_each_spelling(day: date) -> None:
    spellings = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d")
    assert {spelt.day(f"{day:{spelling}}") for spelling in spellings} == {day.isoformat()}


@given(st.text(max_size=30), st.sampled_from(["", "§§"]))
def test_any_text_is_read_or_refused_without_quoting_it(text: str, mark: str) -> None:
    for read in READ.values():
        try:
            read(mark + text)
        except Unfit as unfit:
            assert "§" not in str(unfit)  # noqa: PT017


@pytest.mark.parametrize(
    ("naive", "instant"),
    [
        (datetime(2026, 7, 1, 12), datetime(2026, 7, 1, 10, tzinfo=UTC)),
        (datetime(2026, 3, 29, 2, 30), None),
        (datetime(2026, 10, 25, 2, 30), None),
        (datetime(2026, 10, 25, 3), datetime(2026, 10, 25, 2, tzinfo=UTC)),
    ],
)
def test_a_local_time_that_clocks_never_show_or_show_twice_is_refused(
    naive: datetime, instant: datetime | None
) -> None:
    if instant:
        assert spelt.local(naive, "Europe/Paris") == instant
    else:
        with pytest.raises(Unfit, match="write its offset"):
            spelt.local(naive, "Europe/Paris")
