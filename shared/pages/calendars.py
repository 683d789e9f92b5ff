"""The calendar of a page's appointments, as a file in iCalendar format (RFC 5545)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.models.page import Appointment, Page
from shared.pages.prose import one_line

if TYPE_CHECKING:
    from icalendar import Event

MEDIA_TYPE = "text/calendar; charset=utf-8"
_PRODUCT = "-//Concierge//Private pages//EN"


def calendar(page: Page) -> bytes:
    """Returns the file. An appointment keeps its UID in a later page, so that a calendar has it once."""
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    for appointment in page.content.calendar:
        made.add_component(_event(page, appointment))
    return bytes(made.to_ical())


def _event(page: Page, appointment: Appointment) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", _uid(page, appointment))
    event.add("dtstamp", page.created_at.astimezone(UTC))
    event.add("summary", one_line(appointment.title))
    event.add("dtstart", _moment(appointment, appointment.begins))
    if appointment.ends is not None and appointment.ends > appointment.begins:
        event.add("dtend", _moment(appointment, appointment.ends))
    if place := one_line(appointment.place):
        event.add("location", place)
    return event


def _moment(appointment: Appointment, moment: datetime) -> object:
    """Returns a time in UTC, or a day. The end of days is exclusive (RFC 5545, 3.6.1), as `ends` is."""
    told = moment.astimezone(UTC)
    return told.date() if appointment.all_day else told


def _uid(page: Page, appointment: Appointment) -> str:
    named = (page.tenant, page.contact, appointment.title, appointment.begins.isoformat())
    return f"{hashlib.sha256(repr(named).encode(errors='replace')).hexdigest()[:32]}@{page.tenant}"
