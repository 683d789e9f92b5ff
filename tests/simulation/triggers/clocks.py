"""Local time as the audit understands it: slow and obvious, without the core's code.

A time that clocks skip counts with the offset before the change; of a time that they show twice, the first
counts (RFC 5545, 3.3.5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.simulation.clock import BEGINNING
from tests.simulation.triggers.scene import COUNTRIES, HOME

_MINUTES = {"m": 60.0, "h": 3600.0, "d": 86_400.0}


def zone_of(contact: Mapping[str, Any]) -> str:
    """Returns the zone of a contact's document: its own, else its country's, else that of its phone number.

    All phone numbers in the simulation are Senegal's.
    """
    phone = "SN" if contact["phone"] else ""
    return str(contact["timezone"] or COUNTRIES.get(contact["country"] or phone, HOME))


@cache
def instant(local: datetime, zone: str) -> float:
    """Returns the second of the simulation at which clocks of the zone show a local time."""
    place = ZoneInfo(zone)
    around = local.replace(tzinfo=UTC) - timedelta(hours=26)
    offsets = []
    for quarter in range(26 * 8):
        offset = (around + timedelta(minutes=15 * quarter)).astimezone(place).utcoffset()
        assert offset is not None
        if offset not in offsets:
            offsets.append(offset)
    times = [local.replace(tzinfo=UTC) - offset for offset in offsets]
    shown = [at for at in times if at.astimezone(place).replace(tzinfo=None) == local]
    return seconds(min(shown) if shown else times[0])


def local_at(at: float, zone: str) -> datetime:
    """Returns the local time of the zone at a second of the simulation."""
    return moment(at).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def seconds(then: datetime) -> float:
    return (then - BEGINNING).total_seconds()


def moment(at: float) -> datetime:
    """Returns a second of the simulation as a time."""
    return BEGINNING + timedelta(seconds=at)


def length(span: str) -> float:
    """Returns a span such as `30m` in seconds."""
    return int(span[:-1]) * _MINUTES[span[-1]]


def is_time(when: Mapping[str, Any], values: Mapping[str, Any], zone: str, local: datetime) -> bool:
    """Whether a trigger wants this local time for a person with these values."""
    if "cron" in when:
        return _matches(str(when["cron"]), local)
    if "once" in when:
        return str(when["once"]) == local.isoformat(timespec="minutes")
    if local.time().isoformat(timespec="minutes") != when["at"]:
        return False
    if "birthday" in when:
        return _birthday(values.get(when["birthday"]), local.date())
    name, sign = ("before", -1) if "before" in when else ("after", 1)
    day = _day(values.get(when[name]), zone)
    return day is not None and day + timedelta(days=sign * when["days"]) == local.date()


def times_of(when: Mapping[str, Any], first: date, last: date) -> Iterator[datetime]:
    """Yields all local times of these days that a trigger may want, for some person."""
    if "cron" in when:
        minutes, hours, *_ = str(when["cron"]).split()
        clocks = [time(hour, minute) for hour in _numbers(hours) for minute in _numbers(minutes)]
    elif "at" in when:
        clocks = [time.fromisoformat(when["at"])]
    elif when.get("once", "confirmed") != "confirmed":
        yield datetime.fromisoformat(when["once"])
        return
    else:
        return
    for number in range((last - first).days + 1):
        for clock in sorted(clocks):
            yield datetime.combine(first + timedelta(days=number), clock)


def is_quiet(hours: str | None, local: datetime) -> bool:
    """Whether a local time is within hours such as `21:00-08:00`."""
    if hours is None:
        return False
    begins, ends = hours.split("-")
    clock = local.strftime("%H:%M")
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


@cache
def _numbers(field: str) -> tuple[int, ...]:
    found: list[int] = []
    for part in field.split(","):
        low, _, high = part.partition("-")
        found += range(int(low), int(high or low) + 1)
    return tuple(found)


def _matches(text: str, local: datetime) -> bool:
    minute, hour, _, _, weekday = text.split()
    if local.minute not in _numbers(minute) or local.hour not in _numbers(hour):
        return False
    return weekday == "*" or local.isoweekday() % 7 in _numbers(weekday)


def _birthday(born: Any, day: date) -> bool:
    if not born:
        return False
    month, number = int(born[5:7]), int(born[8:10])
    if (month, number) == (2, 29) and (day.year % 4 or (day.year % 100 == 0 and day.year % 400)):
        number = 28
    return (day.month, day.day) == (month, number)


def _day(value: Any, zone: str) -> date | None:
    """Returns the day of a date or a moment."""
    if not value:
        return None
    if "T" in value:
        return datetime.fromisoformat(value).astimezone(ZoneInfo(zone)).date()
    return date.fromisoformat(value)
