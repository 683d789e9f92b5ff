"""Local time: a contact's zone, the instants that local times name, and the times allowed for messages.

A local time that the zone skips counts with the offset before the change, and one that occurs twice is the
first (RFC 5545, 3.3.5).
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.formats import phone
from shared.formats.countries import only_zone
from shared.models.people import Contact
from shared.models.tenant import Tenant

#: How far ahead a day without a holiday is looked for.
HORIZON = timedelta(days=60)
_DAY = timedelta(days=1)


def zone_of(tenant: Tenant, contact: Contact) -> ZoneInfo:
    """Returns the contact's zone, else the only zone of its country, else the tenant's.

    The country is the contact's, or that of its phone number if it has none. A name that the tz database does
    not have, or no longer, is passed over. Raises ZoneInfoNotFoundError if that is the tenant's.
    """
    named = _zone(contact.timezone)
    if named is not None:
        return named
    country = contact.country or (phone.region(contact.phone) if contact.phone else "")
    return _zone(only_zone(country.upper())) or ZoneInfo(tenant.timezone)


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Returns the instant, in UTC, of a local time without a zone."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def anniversary(day: date, year: int) -> date:
    """Returns the same day in another year: 28 February for 29 February if the year has none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def allowed(
    tenant: Tenant, zone: ZoneInfo, at: datetime, *, quiet: bool, holidays: bool
) -> tuple[datetime, str]:
    """Returns the first allowed instant from `at` on, in UTC, and the reason if it is later, else "".

    In quiet hours of the zone that is their end; on a holiday (the tenant's days and its country's) the same
    local time of the next day that is none. If HORIZON has no such day, holidays do not count.
    """
    moved, reasons, hours = at.astimezone(UTC), dict[str, None](), _quiet_hours(tenant) if quiet else None
    while moved - at <= HORIZON:
        local = moved.astimezone(zone)
        if hours and hours.contain(local.time()):
            moved, reason = _after_quiet(moved, zone, hours), f"quiet hours until {hours.ends:%H:%M}"
        elif holidays and (name := _holiday(tenant, local.date())):
            moved, reason = _after_holidays(tenant, moved, zone), f"holiday: {name}"
        else:
            return moved, ", ".join(reasons)
        reasons[reason] = None
    return allowed(tenant, zone, at, quiet=quiet, holidays=False)


class _Hours(NamedTuple):
    """Hours of a day, past midnight if they end before they begin."""

    begins: time
    ends: time

    def contain(self, clock: time) -> bool:
        if self.begins <= self.ends:
            return self.begins <= clock < self.ends
        return clock >= self.begins or clock < self.ends


def _quiet_hours(tenant: Tenant) -> _Hours | None:
    if not tenant.messaging.quiet:
        return None
    begins, ends = tenant.messaging.quiet.split("-")
    return _Hours(time.fromisoformat(begins), time.fromisoformat(ends))


def _after_quiet(at: datetime, zone: ZoneInfo, hours: _Hours) -> datetime:
    """Returns the end of quiet hours, or the next change of the zone's offset if that is earlier.

    A change may skip the end, or bring the hours back.
    """
    local = at.astimezone(zone)
    end = at + (datetime.combine(date.min, hours.ends) - datetime.combine(date.min, local.time())) % _DAY
    return _change(at, end, zone) or end


def _change(since: datetime, until: datetime, zone: ZoneInfo) -> datetime | None:
    """Returns the first instant with another offset than `since`, up to `until`, or None, by bisection."""
    offset = since.astimezone(zone).utcoffset()
    if until.astimezone(zone).utcoffset() == offset:
        return None
    while until - since > timedelta.resolution:
        middle = since + (until - since) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            since = middle
        else:
            until = middle
    return until


def _after_holidays(tenant: Tenant, at: datetime, zone: ZoneInfo) -> datetime:
    """Returns the same local time on the first day after `at` that is no holiday, or beyond HORIZON."""
    local, later = at.astimezone(zone).replace(tzinfo=None), at
    while later - at <= HORIZON and (later == at or _holiday(tenant, later.astimezone(zone).date())):
        local += _DAY
        later = instant(local, zone)
    return later


def is_zone(name: str) -> bool:
    """Whether this is the name of a place's zone in the tz database; its folders for others are none."""
    return _zone(name) is not None and not name.startswith(("posix/", "right/"))


def knows_holidays(country: str) -> bool:
    """Whether the public holidays of a country (ISO 3166-1) are known."""
    from holidays import list_supported_countries

    return country in list_supported_countries()


def _holiday(tenant: Tenant, day: date) -> str:
    """Returns the name of a holiday, a date if it is the tenant's own, or "" if the day is none."""
    if day.isoformat() in tenant.holidays:
        return day.isoformat()
    country = tenant.messaging.holidays
    return _holidays(country, day.year, tenant.languages[0]).get(day, "") if country else ""


@lru_cache(maxsize=200)
def _holidays(country: str, year: int, language: str) -> Mapping[date, str]:
    """Returns a country's public holidays with their names, none if the library does not know the country.

    The names are in the language if it has them, else in the country's own; without either, the library
    would take the machine's.
    """
    from holidays import country_holidays

    try:
        known = country_holidays(country)
    except NotImplementedError:
        return {}
    spoken = [each for each in known.supported_languages if each.partition("_")[0] == language]
    return dict(country_holidays(country, years=year, language=(*spoken, known.default_language)[0]))


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo | None:
    """Returns the zone, or None if the tz database does not have it; a folder or another file is none."""
    try:
        return ZoneInfo(name) if name not in _NO_PLACES else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


#: Names in the database that stand for a machine's own setting.
_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
