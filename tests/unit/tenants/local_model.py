"""A slow model of local times: it trusts a zone for the local time of an instant only, and searches the rest.

An instant's local time is never ambiguous, so nothing here needs a rule for gaps and folds of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
#: No zone has been further from UTC, or has moved further at once.
FAR = timedelta(hours=50)


class Change(NamedTuple):
    """A change of a zone's offset at an instant."""

    at: datetime
    before: timedelta
    after: timedelta


def wall(at: datetime, zone: ZoneInfo) -> datetime:
    """Returns the local time of an instant, without its zone."""
    return at.astimezone(zone).replace(tzinfo=None)


def offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def changes(zone: ZoneInfo, since: datetime, until: datetime, step: timedelta) -> Iterator[Change]:
    """Yields the changes between two instants, except those that a later one within a step undoes."""
    at, before = since, offset(since, zone)
    while at < until:
        later = at + step
        if (after := offset(later, zone)) != before:
            yield _located(zone, at, later)
        at, before = later, after


def _located(zone: ZoneInfo, since: datetime, until: datetime) -> Change:
    before = offset(since, zone)
    while until - since > timedelta(seconds=1):
        middle = since + timedelta(seconds=(until - since) // timedelta(seconds=2))
        since, until = (middle, until) if offset(middle, zone) == before else (since, middle)
    return Change(until, before, offset(until, zone))


def instant(local: datetime, zone: ZoneInfo, near: Collection[Change] | None = None) -> datetime:
    """Returns the first instant with this local time; in a gap, the one by the offset before it.

    `near` are the changes around it, if they are known.
    """
    middle = local.replace(tzinfo=UTC)
    if near is None:
        near = list(changes(zone, middle - FAR, middle + FAR, timedelta(minutes=30)))
    offsets = {offset(middle, zone)} | {each for change in near for each in (change.before, change.after)}
    found = [middle - each for each in offsets if wall(middle - each, zone) == local]
    if found:
        return min(found)
    (gap,) = [change for change in near if change.at + change.before <= middle < change.at + change.after]
    return middle - gap.before


def by_minutes(local: datetime, zone: ZoneInfo) -> datetime | None:
    """Returns the first instant with this local time, or None, by trying each half minute: Monrovia was
    44 and a half minutes behind until 1972."""
    at = local.replace(tzinfo=UTC) - timedelta(hours=30)
    while at < local.replace(tzinfo=UTC) + timedelta(hours=30):
        if wall(at, zone) == local:
            return at
        at += MINUTE / 2
    return None


def is_quiet(clock: time, quiet: str) -> bool:
    """Whether a time of day is within hours such as `21:00-08:00`, by going through them minute by minute."""
    begins, ends = map(_minutes, quiet.split("-"))
    inside = set()
    while begins != ends:
        inside.add(begins)
        begins = (begins + 1) % (24 * 60)
    return clock.hour * 60 + clock.minute in inside


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def allowed(at: datetime, zone: ZoneInfo, quiet: str, closed: Collection[date]) -> datetime:
    """Returns the first allowed instant: out of quiet hours by minutes, out of holidays by days."""
    while True:
        local = wall(at, zone)
        if is_quiet(local.time(), quiet):
            at += MINUTE
        elif local.date() in closed:
            while wall(at, zone).date() in closed:
                local += timedelta(days=1)
                at = instant(local, zone)
        else:
            return at


class Pattern(NamedTuple):
    """A recurring local time as sets of numbers; Sunday is 0. It is written as cron writes it."""

    minute: frozenset[int]
    hour: frozenset[int]
    day: frozenset[int] | None
    month: frozenset[int] | None
    weekday: frozenset[int] | None

    def __str__(self) -> str:
        return " ".join("*" if field is None else ",".join(map(str, sorted(field))) for field in self)

    def matches(self, local: datetime) -> bool:
        """Whether it occurs at this minute, as crontab(5) says."""
        if local.minute not in self.minute or local.hour not in self.hour:
            return False
        if self.month is not None and local.month not in self.month:
            return False
        by_day = self.day is None or local.day in self.day
        by_weekday = self.weekday is None or local.isoweekday() % 7 in self.weekday
        if self.day is None or self.weekday is None:
            return by_day and by_weekday
        return by_day or by_weekday

    def after(self, local: datetime, years: int) -> datetime | None:
        """Returns the next time, by trying each day and on it each of its times, or None within the years."""
        for days in range(366 * years):
            day = (local + timedelta(days=days)).date()
            for hour in sorted(self.hour):
                for minute in sorted(self.minute):
                    candidate = datetime.combine(day, time(hour, minute))
                    if candidate > local and self.matches(candidate):
                        return candidate
        return None
