"""Working time: opening hours and shifts as spans between two instants, without holidays.

Times of day are the tenant's own; tenants/local_time.py says which instant each of them names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.models.staff import Day, Member
from shared.models.tenant import Tenant
from shared.tenants.local_time import instant

#: How far ahead spans are looked for.
HORIZON = timedelta(days=60)
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Span(NamedTuple):
    """The time from `begins` until before `ends`, in UTC."""

    begins: datetime
    ends: datetime


def opening(tenant: Tenant, since: datetime) -> Iterator[Span]:
    """Yields the opening hours that end after `since`, within HORIZON, in their order."""
    return spans(tenant, tenant.hours, since)


def spans(tenant: Tenant, hours: Mapping[Day, Sequence[str]], since: datetime) -> Iterator[Span]:
    """Yields the spans of a week's hours that end after `since`, as `opening` does."""
    return _spans(tenant, since, lambda day: hours.get(DAYS[day.weekday()], []))


def working(tenant: Tenant, member: Member, since: datetime) -> Iterator[Span]:
    """Yields the shifts of a member of staff, or the opening hours if there are none, as `opening` does."""
    if not member.shifts:
        return opening(tenant, since)
    return _spans(tenant, since, lambda day: _shifts(member, day))


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Yields the spans with those that touch or overlap made one; they come in the order of their begins."""
    joined: Span | None = None
    for span in spans:
        if joined is not None and span.begins <= joined.ends:
            joined = Span(joined.begins, max(joined.ends, span.ends))
            continue
        if joined is not None:
            yield joined
        joined = span
    if joined is not None:
        yield joined


def _shifts(member: Member, day: date) -> list[str]:
    name, text = DAYS[day.weekday()], day.isoformat()
    return [
        interval
        for shift in member.shifts
        if name in shift.days and (shift.begins or text) <= text <= (shift.ends or text)
        for interval in shift.hours
    ]


def _spans(tenant: Tenant, since: datetime, of_day: Callable[[date], Sequence[str]]) -> Iterator[Span]:
    zone, closed = ZoneInfo(tenant.timezone), frozenset(tenant.holidays)
    today = since.astimezone(zone).date()
    for days in range(-1, HORIZON.days + 2):
        day = today + timedelta(days=days)
        if day.isoformat() not in closed:
            found = sorted(_span(day, interval, zone) for interval in of_day(day))
            # A zone's change can leave nothing of an interval.
            yield from (span for span in found if span.begins < span.ends and span.ends > since)


@lru_cache(maxsize=10_000)
def _span(day: date, interval: str, zone: ZoneInfo) -> Span:
    begins, ends = interval.split("-")
    return Span(_instant(day, begins, zone), _instant(day, ends, zone))


def _instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return instant(datetime.combine(day, time.fromisoformat(clock)), zone)
