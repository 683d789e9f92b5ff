"""Calendars by RFC 5545: lines of 75 octets, escapes, times in UTC, and names that stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from shared.models.page import Appointment, Page, PageContent
from shared.pages.calendars import calendar

NOON = datetime(2026, 12, 5, 12, 0, tzinfo=UTC)


def page(*appointments: Appointment, **more: object) -> Page:
    content = PageContent(kind="schedule", title="t", language="fr", text=[], calendar=list(appointments))
    fields = {"tenant": "parish", "page": "p", "contact": "c-1", "conversation": "waha.c-1", "made_by": "x"}
    made = Page.model_validate({**fields, "content": content, "created_at": NOON, "expires_at": NOON})
    return made.model_copy(update=more)


def unfolded(file: bytes) -> list[str]:
    """Returns the content lines, unfolded before they are decoded (RFC 5545, 3.1)."""
    return file.replace(b"\r\n ", b"").decode().removesuffix("\r\n").split("\r\n")


def test_an_appointment_is_an_event() -> None:
    east = timezone(timedelta(hours=3))
    begins = datetime(2026, 12, 5, 15, 0, tzinfo=east)
    lines = unfolded(
        calendar(
            page(Appointment(title="Séance", begins=begins, ends=NOON + timedelta(hours=2), place="Salle 2"))
        )
    )
    assert lines[:3] == ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Concierge//Private pages//EN"]
    event = lines[lines.index("BEGIN:VEVENT") : lines.index("END:VEVENT")]
    assert set(event) >= {
        "SUMMARY:Séance",
        "DTSTAMP:20261205T120000Z",
        "DTSTART:20261205T120000Z",
        "DTEND:20261205T140000Z",
        "LOCATION:Salle 2",
    }
    assert sum(line.startswith("UID:") for line in event) == 1
    assert lines[-1] == "END:VCALENDAR"


def test_days_end_before_the_day_that_is_named() -> None:
    begins = datetime(2026, 12, 12, tzinfo=UTC)
    days = Appointment(title="Retraite", begins=begins, ends=begins + timedelta(days=2), all_day=True)
    lines = unfolded(calendar(page(days)))
    assert {"DTSTART;VALUE=DATE:20261212", "DTEND;VALUE=DATE:20261214"} <= set(lines)


@pytest.mark.parametrize(
    ("title", "line"),
    [
        (r"a\b; c, d: e", r"SUMMARY:a\\b\; c\, d: e"),
        ("a\nb\r\nc\rd", "SUMMARY:a b c d"),
        ("x\r\nEND:VEVENT\r\nBEGIN:VALARM", "SUMMARY:x END:VEVENT BEGIN:VALARM"),
        ("\x00\x1b[31mred\u202e", "SUMMARY:[31mred"),
    ],
)
def test_words_are_escaped_and_one_line(title: str, line: str) -> None:
    lines = unfolded(calendar(page(Appointment(title=title, begins=NOON, place=title))))
    assert line in lines
    assert line.replace("SUMMARY", "LOCATION") in lines
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 1


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200)


@given(title=TEXTS, place=TEXTS)
def test_any_words_are_a_valid_file(title: str, place: str) -> None:
    """Each line is at most 75 octets of whole characters, and a parser finds the one event."""
    file = calendar(page(Appointment(title=title, begins=NOON, place=place)))
    assert file.endswith(b"\r\n")
    lines = file.removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert [line.decode() for line in lines]
    assert b"\n" not in b"".join(lines)
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    assert event.decoded("dtstart") == NOON


def test_an_appointment_has_one_name_in_every_page() -> None:
    def names(made: Page) -> list[str]:
        return [line for line in unfolded(calendar(made)) if line.startswith("UID:")]

    first = Appointment(title="Séance", begins=NOON)
    second = first.model_copy(update={"begins": NOON + timedelta(days=7)})
    again = names(page(first, second, page="another"))
    assert names(page(first, second)) == again
    assert len(set(again)) == 2
    assert not set(names(page(first, contact="c-2"))) & set(again)
