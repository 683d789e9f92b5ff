"""Opening hours of the organisation's staff, to tell people when a human will answer."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.language.languages import first_shipped
from shared.models.staff import Day
from shared.models.tenant import Tenant

_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_open(tenant: Tenant, now: datetime) -> bool:
    """Whether `now` lies in the tenant's hours, in its own time zone."""
    local = now.astimezone(ZoneInfo(tenant.timezone))
    return any(begin <= local.time() < end for begin, end in _intervals(tenant, local))


def next_opening(tenant: Tenant, now: datetime) -> datetime | None:
    """Returns the next opening within a week, in the tenant's time zone, or None if it has no hours."""
    local = now.astimezone(ZoneInfo(tenant.timezone))
    for days in range(8):
        day = local + timedelta(days=days)
        for begin, _ in _intervals(tenant, day):
            opening = day.replace(hour=begin.hour, minute=begin.minute, second=0, microsecond=0)
            if opening > local:
                return opening
    return None


def spoken(tenant: Tenant, opening: datetime, now: datetime, language: str) -> str:
    """Returns an opening in words: `14:30`, or `lundi 08:30` if it is on another day than `now`."""
    clock = opening.strftime("%H:%M")
    if opening.date() == now.astimezone(opening.tzinfo).date():
        return clock
    return f"{first_shipped(tenant, language).days[opening.weekday()]} {clock}"


def _intervals(tenant: Tenant, day: datetime) -> list[tuple[time, time]]:
    given = tenant.hours.get(_DAYS[day.weekday()], [])
    pairs = [interval.split("-") for interval in given]
    return sorted((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in pairs)
