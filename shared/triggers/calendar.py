"""The local times of a trigger for one contact, without zones: which time is first, right, and next.

A contact's day may be a date or a moment; a moment counts as the day that it is in the contact's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.formats.cron import Recurrence
from shared.models.attributes import Value
from shared.models.definition import After, Before, Birthday, Cron, Once, When
from shared.tenants.local_time import anniversary

Values = Mapping[str, Value]


def first(when: When, values: Values, zone: ZoneInfo, since: datetime) -> datetime | None:
    """Returns the first local time that is wanted from `since` on, None if there is none.

    The time of a single date is returned also if it is before `since`.
    """
    match when:
        case Before(before=name) | After(after=name):
            day = _day(values, name, zone)
            return None if day is None else _beside(when, day)
        case Birthday(birthday=name, at=at):
            born = _day(values, name, zone)
            if born is None:
                return None
            years = (_on(anniversary(born, year), at) for year in (since.year, since.year + 1))
            return next(local for local in years if local >= since)
        case Cron(cron=text):
            return Recurrence(text).after(since - timedelta(minutes=1))
        case Once(once=text):
            return since if text == "confirmed" else datetime.fromisoformat(text)
    return None


def right(when: When, values: Values, zone: ZoneInfo, local: datetime) -> bool:
    """Whether a local time that was planned before is still one that is wanted."""
    match when:
        case Before() | After():
            return first(when, values, zone, local) == local
        case Birthday(birthday=name, at=at):
            born = _day(values, name, zone)
            return born is not None and _on(anniversary(born, local.year), at) == local
        case Cron(cron=text):
            return Recurrence(text).after(local - timedelta(minutes=1)) == local
        case Once(once=text):
            return text == "confirmed" or datetime.fromisoformat(text) == local
    return True


def following(when: When, values: Values, zone: ZoneInfo, local: datetime) -> datetime | None:
    """Returns the next local time after this one, None if it is the last."""
    if isinstance(when, Cron | Birthday):
        return first(when, values, zone, local + timedelta(minutes=1))
    return None


def key(when: When, local: datetime) -> str:
    """Returns the part of an occurrence's id that tells it from the trigger's others for the same contact.

    It is the day if there is at most one a day: a change of the time of day moves that occurrence.
    """
    if isinstance(when, Once):
        return "once"
    if isinstance(when, Cron):
        return local.isoformat(timespec="minutes")
    return local.date().isoformat()


def _day(values: Values, name: str, zone: ZoneInfo) -> date | None:
    value = values.get(name)
    if not isinstance(value, str) or not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(value).astimezone(zone).date()
    except ValueError:  # an attribute that an administrator wrote in the console
        return None


def _beside(when: Before | After, day: date) -> datetime | None:
    days = -when.days if isinstance(when, Before) else when.days
    try:
        return _on(day + timedelta(days=days), when.at)
    except OverflowError:
        return None


def _on(day: date, at: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(at))
