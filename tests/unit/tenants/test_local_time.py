"""Local time: agrees with a slow model in all zones of the tz database, from 1970 to 2100."""

from __future__ import annotations

import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.formats.cron import Recurrence
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.tenants import local_time
from tests.unit.tenants import local_model as model

ZONES = sorted(zoneinfo.available_timezones() - {"Factory", "localtime"})
SINCE, UNTIL = datetime(1970, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
#: How far apart a zone's offsets are compared to find its changes; no two changes of a zone are closer.
STEP = timedelta(days=6)

zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(1970, 1, 2), date(2100, 12, 31))
clocks = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(*divmod(minutes, 60)))
hours = st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1])


def tenant(quiet: str | None = None, **more: object) -> Tenant:
    messaging = {"quiet": quiet, "holidays": more.pop("country", None)}
    return Tenant.model_validate(
        {"tenant": "t", "name": "Parish", "languages": ["fr"], "messaging": messaging, **more}
    )


def contact(**more: str) -> Contact:
    return Contact.model_validate({"tenant": "t", "contact": "c", "created_at": SINCE, **more})


def zoned(local: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def all_changes() -> Iterator[tuple[ZoneInfo, list[model.Change]]]:
    """Yields each zone with its changes; names of the same zone count once."""
    database = resources.files("tzdata") / "zoneinfo"
    different = {(database / name).read_bytes(): name for name in ZONES}
    for name in different.values():
        zone = ZoneInfo(name)
        yield zone, list(model.changes(zone, SINCE, UNTIL, STEP))


def near(change: model.Change) -> set[datetime]:
    """Returns local times before, at, within and after the gap or the repetition of a change."""
    first, last = sorted(change.at.replace(tzinfo=None) + each for each in (change.before, change.after))
    second, hour = timedelta(seconds=1), timedelta(hours=1)
    beside = {edge + each for edge in (first, last) for each in (-second, timedelta(), second)}
    return beside | {first - hour, first + (last - first) / 2, last + hour}


def test_each_change_of_each_zone() -> None:
    wrong = []
    for zone, found in all_changes():
        for number, change in enumerate(found):
            around = found[max(number - 2, 0) : number + 3]
            for local in near(change):
                if local_time.instant(local, zone) != model.instant(local, zone, around):
                    wrong.append((zone.key, local))
    assert not wrong


def some_change(zone: ZoneInfo, year: int) -> datetime | None:
    """Returns the last change of a zone in the five years before a year's end, if there is one."""
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    return max((change.at for change in model.changes(zone, end - 5 * 366 * DAY, end, STEP)), default=None)


@st.composite
def instants(draw: st.DrawFn) -> tuple[ZoneInfo, datetime]:
    """Returns a zone and an instant, in most cases a day at most from a change of its offset."""
    zone, year = draw(zones), draw(st.integers(1974, 2100))
    change = some_change(zone, year) or datetime(year, 6, 1, tzinfo=UTC)
    return zone, change + timedelta(minutes=draw(st.integers(-1440, 1440)))


@given(instants())
@settings(max_examples=150, deadline=None)
def test_any_local_time(found: tuple[ZoneInfo, datetime]) -> None:
    zone, at = found
    local = model.wall(at, zone)
    assert local_time.instant(local, zone) == model.instant(local, zone)
    assert local_time.instant(local, zone) == model.by_minutes(local, zone)


@given(zones, days, clocks, st.integers(-400, 400))
@settings(max_examples=300, deadline=None)
def test_days_before_and_after_a_date(zone: ZoneInfo, day: date, clock: time, distance: int) -> None:
    local = datetime.combine(day + timedelta(days=distance), clock)
    assert local_time.instant(local, zone) == model.instant(local, zone)


@given(zones, days, clocks, st.integers(1970, 2100))
@settings(max_examples=300, deadline=None)
def test_birthdays(zone: ZoneInfo, born: date, clock: time, year: int) -> None:
    day = local_time.anniversary(born, year)
    later = [date(year, 1, 1) + timedelta(days=each) for each in range(366)]
    named = [each for each in later if (each.month, each.day) == (born.month, born.day)]
    assert day == (named[0] if named else date(year, 2, 28))
    local = datetime.combine(day, clock)
    assert local_time.instant(local, zone) == model.instant(local, zone)


@pytest.mark.parametrize(
    ("year", "day"), [(2024, "02-29"), (2025, "02-28"), (2100, "02-28"), (2000, "02-29")]
)
def test_a_birthday_on_29_february(year: int, day: str) -> None:
    assert local_time.anniversary(date(2004, 2, 29), year).isoformat() == f"{year}-{day}"


numbers = st.frozensets
patterns = st.builds(
    model.Pattern,
    numbers(st.sampled_from([0, 15, 30, 45]), min_size=1, max_size=3),
    numbers(st.integers(0, 23), min_size=1, max_size=3),
    st.none() | numbers(st.integers(1, 31), min_size=1, max_size=3),
    st.none() | numbers(st.integers(1, 12), min_size=1, max_size=3),
    st.none() | numbers(st.integers(0, 6), min_size=1, max_size=3),
)


@given(zones, patterns, days, clocks)
@settings(max_examples=200, deadline=None)
def test_recurring_times(zone: ZoneInfo, pattern: model.Pattern, day: date, clock: time) -> None:
    local = datetime.combine(day, clock)
    expected = pattern.after(local, years=9)
    try:
        found = Recurrence(str(pattern)).after(local)
    except ValueError:
        assert expected is None
        return
    assert found == expected
    if found is not None:
        assert local_time.instant(found, zone) == model.instant(found, zone)


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        ("Europe/Paris", "2026-03-29T02:30", "2026-03-29T01:30Z"),  # does not exist: counts as 03:30
        ("Europe/Paris", "2026-10-25T02:30", "2026-10-25T00:30Z"),  # twice: the first
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45Z"),  # a gap of 30 minutes
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z"),  # 30 minutes twice
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00Z"),  # a day that Samoa skipped
        ("Asia/Beirut", "2026-03-29T00:00", "2026-03-28T22:00Z"),  # the day begins at 01:00
        ("America/Havana", "2026-03-08T00:30", "2026-03-08T05:30Z"),
        ("America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00Z"),
        ("Africa/Monrovia", "1972-01-07T00:30", "1972-01-07T01:14:30Z"),  # offsets with seconds
    ],
)
def test_known_edges(zone: str, local: str, expected: str) -> None:
    found = local_time.instant(datetime.fromisoformat(local), ZoneInfo(zone))
    assert found == datetime.fromisoformat(expected)
    assert found == model.instant(datetime.fromisoformat(local), ZoneInfo(zone))


def whole_minutes(zone: ZoneInfo, at: datetime) -> bool:
    """Whether the offsets around an instant are whole minutes, as the model's steps are."""
    around = (at + timedelta(days=each) for each in (-2, 0, 2, 40))
    return all(model.offset(each, zone).seconds % 60 == 0 for each in around)


@given(instants(), hours, st.frozensets(st.integers(-1, 6), max_size=4))
@settings(max_examples=120, deadline=None)
def test_allowed_times(
    found: tuple[ZoneInfo, datetime], quiet: tuple[time, time], closed: frozenset[int]
) -> None:
    zone, at = found
    if not whole_minutes(zone, at):
        return
    at = at.replace(second=0)
    written = "-".join(f"{each:%H:%M}" for each in quiet)
    days_off = {model.wall(at, zone).date() + timedelta(days=each) for each in closed}
    here = tenant(written, holidays=sorted(each.isoformat() for each in days_off))
    moved, why = local_time.allowed(here, zone, at, quiet=True, holidays=True)
    assert moved == model.allowed(at, zone, written, days_off)
    assert moved >= at
    assert bool(why) == (moved > at)


@pytest.mark.parametrize(
    ("zone", "at", "expected", "why"),
    [
        ("Africa/Dakar", "2026-06-01T22:10", "2026-06-02T08:00", "quiet hours until 08:00"),
        ("Africa/Dakar", "2026-06-01T03:00:30.5", "2026-06-01T08:00", "quiet hours until 08:00"),
        ("Africa/Dakar", "2026-06-01T08:00", "2026-06-01T08:00", ""),
        ("Africa/Dakar", "2026-12-24T22:00", "2026-12-27T08:00", "quiet hours until 08:00, holiday: Noël"),
        ("Africa/Dakar", "2026-12-25T10:00", "2026-12-27T10:00", "holiday: Noël"),  # 26: the tenant's own
        ("Africa/Dakar", "2026-12-26T10:00", "2026-12-27T10:00", "holiday: 2026-12-26"),
        ("Pacific/Auckland", "2026-12-25T10:00", "2026-12-27T10:00", "holiday: Noël"),  # by the local day
    ],
)
def test_quiet_hours_and_holidays(zone: str, at: str, expected: str, why: str) -> None:
    here = tenant("21:00-08:00", country="SN", holidays=["2026-12-26"])
    found = local_time.allowed(here, ZoneInfo(zone), zoned(at, zone), quiet=True, holidays=True)
    assert found == (zoned(expected, zone), why)


@pytest.mark.parametrize(
    ("quiet", "at", "fold", "expected", "after"),
    [
        ("23:00-02:30", "2026-03-29T01:00", 0, "2026-03-29T03:00", 0),  # 02:30 does not exist
        ("21:00-08:00", "2026-03-28T22:00", 0, "2026-03-29T08:00", 0),  # a short night
        ("23:00-02:30", "2026-10-25T02:10", 0, "2026-10-25T02:30", 0),
        ("23:00-02:30", "2026-10-25T02:10", 1, "2026-10-25T02:30", 1),  # quiet for the second time
        ("02:30-03:30", "2026-10-25T02:40", 0, "2026-10-25T02:00", 1),  # the clock goes back out of them
    ],
)
def test_quiet_hours_on_the_day_of_a_change(
    quiet: str, at: str, fold: int, expected: str, after: int
) -> None:
    zone = "Europe/Paris"
    moved, _ = local_time.allowed(
        tenant(quiet), ZoneInfo(zone), zoned(at, zone, fold), quiet=True, holidays=True
    )
    assert moved == zoned(expected, zone, after)


def test_a_holiday_in_a_row_without_this_local_time_does_not_change_it() -> None:
    here, zone = tenant(holidays=["2026-03-28", "2026-03-29"]), "Europe/Paris"
    at = zoned("2026-03-28T02:30", zone)  # on the 29th it does not exist
    moved, _ = local_time.allowed(here, ZoneInfo(zone), at, quiet=True, holidays=True)
    assert moved == zoned("2026-03-30T02:30", zone)


def test_each_rule_counts_only_if_it_is_asked_for() -> None:
    here, zone = tenant("21:00-08:00", holidays=["2026-12-25"]), ZoneInfo("UTC")
    at = zoned("2026-12-25T03:00", "UTC")
    assert local_time.allowed(here, zone, at, quiet=False, holidays=False) == (at, "")
    assert local_time.allowed(here, zone, at, quiet=True, holidays=False)[0] == zoned(
        "2026-12-25T08:00", "UTC"
    )
    assert local_time.allowed(here, zone, at, quiet=False, holidays=True)[0] == zoned(
        "2026-12-26T03:00", "UTC"
    )
    assert local_time.allowed(tenant(), zone, at, quiet=True, holidays=True) == (at, "")


def test_holidays_without_end_do_not_count() -> None:
    first = date(2026, 6, 1)
    here = tenant("21:00-08:00", holidays=[(first + timedelta(days=each)).isoformat() for each in range(100)])
    at = zoned("2026-06-02T10:00", "UTC")
    assert local_time.allowed(here, ZoneInfo("UTC"), at, quiet=True, holidays=True) == (at, "")
    night = zoned("2026-06-02T23:00", "UTC")
    expected = (zoned("2026-06-03T08:00", "UTC"), "quiet hours until 08:00")
    assert local_time.allowed(here, ZoneInfo("UTC"), night, quiet=True, holidays=True) == expected


def test_a_country_without_known_holidays_has_none() -> None:
    at = zoned("2026-12-25T10:00", "UTC")
    found = local_time.allowed(tenant(country="XX"), ZoneInfo("UTC"), at, quiet=True, holidays=True)
    assert found == (at, "")


def test_the_contacts_own_zone_counts_before_its_countrys() -> None:
    for name in ZONES:
        assert (
            local_time.zone_of(tenant(timezone="Africa/Dakar"), contact(timezone=name, country="FR")).key
            == name
        )


def test_a_country_with_one_zone_has_that() -> None:
    of_country: dict[str, set[str]] = {}
    for line in (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            of_country.setdefault(line.split("\t")[0], set()).add(line.split("\t")[2])
    assert len(of_country) > 240
    for country, names in of_country.items():
        expected = names.pop() if len(names) == 1 else "Africa/Dakar"
        assert local_time.zone_of(tenant(timezone="Africa/Dakar"), contact(country=country)).key == expected


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, "Africa/Dakar"),
        ({"phone": "+33123456789"}, "Europe/Paris"),
        ({"phone": "+12025550123"}, "Africa/Dakar"),  # a country with several zones
        ({"phone": "+33123456789", "country": "ML"}, "Africa/Bamako"),
        ({"phone": "+33123456789", "country": "US"}, "Africa/Dakar"),
        ({"phone": "unknown"}, "Africa/Dakar"),
        ({"country": "XX"}, "Africa/Dakar"),
        ({"timezone": "Europe/Atlantis"}, "Africa/Dakar"),
        ({"timezone": "Europe/Atlantis", "country": "FR"}, "Europe/Paris"),
        *[({"timezone": name}, "Africa/Dakar") for name in ("America", "../UTC", "/etc/passwd", "zone.tab")],
        *[
            ({"timezone": name}, "Africa/Dakar")
            for name in ("localtime", "Factory", "a\0b", "é", " ", "x" * 500)
        ],
    ],
)
def test_the_zone_of_a_contact(more: dict[str, str], expected: str) -> None:
    assert local_time.zone_of(tenant(timezone="Africa/Dakar"), contact(**more)).key == expected


def test_zones_exist_without_a_systems_database() -> None:
    script = """
import zoneinfo
from shared.tenants.local_time import zone_of
from tests.unit.tenants.test_local_time import contact, tenant
assert not zoneinfo.TZPATH
assert len(zoneinfo.available_timezones()) > 590 and "Africa/Dakar" in zoneinfo.available_timezones()
assert zone_of(tenant(), contact(timezone="Europe/Paris")).key == "Europe/Paris"
"""
    environment = {**os.environ, "PYTHONTZPATH": ""}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=60)
