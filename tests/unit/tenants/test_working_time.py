"""Working time in any zone: changes of the clock, nights, holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.answers import hours
from shared.models.tenant import Tenant
from shared.tenants import roster, working_time
from shared.tenants.working_time import DAYS, HORIZON, Span

NIGHT = [{"days": list(DAYS), "hours": ["22:00-24:00", "00:00-06:00"]}]
ZONES = ["Africa/Dakar", "America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Africa/Cairo"]


def tenant(**more: object) -> Tenant:
    return Tenant.model_validate({"tenant": "t", "name": "Parish", "languages": ["fr"], **more})


def at(zone: str, *moment: int, fold: int = 0) -> datetime:
    year, month, day, hour, minute = moment
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def opening(zone: str, day: date, interval: str) -> Span | None:
    """Returns the only opening on a day, or None if the clock's change leaves nothing of it."""
    here = tenant(timezone=zone, hours={DAYS[day.weekday()]: [interval]})
    since = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = next(working_time.opening(here, since), None)
    return found if found and found.begins - since < timedelta(days=2) else None


@pytest.mark.parametrize(
    ("day", "interval", "hours_long"),
    [
        (date(2026, 3, 8), "00:00-24:00", 23),  # the clock is put forward at 2:00, to 3:00
        (date(2026, 11, 1), "00:00-24:00", 25),  # the clock is put back at 2:00, to 1:00
        (date(2026, 3, 8), "01:00-04:00", 2),
        (date(2026, 11, 1), "01:00-04:00", 4),
        (date(2026, 3, 8), "02:30-05:00", 1.5),  # 2:30 does not occur, and counts as 3:30
        (date(2026, 11, 1), "00:00-01:30", 1.5),  # the first 1:30
    ],
)
def test_a_change_of_the_clock(day: date, interval: str, hours_long: float) -> None:
    span = opening("America/New_York", day, interval)
    assert span is not None
    assert span.ends - span.begins == timedelta(hours=hours_long)


def test_an_hour_that_the_clock_skips_is_no_opening() -> None:
    assert opening("America/New_York", date(2026, 3, 8), "02:00-03:00") is None


def test_a_night_is_two_shifts_that_are_one_duty() -> None:
    here = tenant(timezone="Africa/Dakar", hours={}, staff={"awa": {"name": "Awa Faye", "shifts": NIGHT}})
    ends = at("Africa/Dakar", 2026, 11, 21, 6, 0)
    assert roster.duty_ends(here, "awa", at("Africa/Dakar", 2026, 11, 20, 23, 0)) == ends
    assert roster.duty_ends(here, "awa", at("Africa/Dakar", 2026, 11, 21, 0, 0)) == ends
    assert roster.duty_ends(here, "awa", ends) is None


@pytest.mark.parametrize("holiday", ["2026-12-25", "2026-12-26"])
def test_nobody_works_on_a_holiday(holiday: str) -> None:
    here = tenant(timezone="Europe/Paris", hours={day: ["08:00-17:00"] for day in DAYS}, holidays=[holiday])
    noon = datetime.fromisoformat(f"{holiday}T12:00:00+01:00")
    assert not hours.is_open(here, noon)
    assert hours.is_open(here, noon - timedelta(days=1))
    assert hours.next_opening(here, noon - timedelta(hours=18)) == noon + timedelta(hours=20)


def test_an_opening_after_more_than_a_week_is_told_with_its_date() -> None:
    closed = [f"2026-12-{day}" for day in range(19, 32)]
    here = tenant(timezone="Africa/Dakar", hours={"mon": ["08:30-12:30"]}, holidays=closed)
    friday = datetime(2026, 12, 18, 18, tzinfo=UTC)
    after = hours.next_opening(here, friday)
    assert after == datetime(2027, 1, 4, 8, 30, tzinfo=UTC)
    assert hours.spoken(here, after, friday, "fr") == "lundi 04/01 08:30"
    assert hours.spoken(here, after, after - timedelta(days=7), "fr") == "lundi 04/01 08:30"
    assert hours.spoken(here, after, after - timedelta(days=6), "fr") == "lundi 08:30"


CLOCKS = st.integers(0, 24 * 60).map(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}")
INTERVALS = st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] < pair[1]).map("-".join)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
TENANTS = st.builds(
    lambda zone, week, holidays: tenant(timezone=zone, hours=week, holidays=holidays),
    st.sampled_from(ZONES),
    st.dictionaries(st.sampled_from(DAYS), st.lists(INTERVALS, max_size=3), max_size=7),
    st.lists(st.dates(date(2026, 1, 1), date(2028, 2, 1)).map(date.isoformat), max_size=30),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(here=TENANTS, now=MOMENTS)
def test_the_next_opening_is_the_first_one(here: Tenant, now: datetime) -> None:
    """It is open from then on, and until then only if it is open now; the zone's midnight changes nothing."""
    spans = list(working_time.merged(working_time.opening(here, now)))
    assert all(earlier.ends < later.begins for earlier, later in pairwise(spans))
    assert hours.is_open(here, now) == any(begins <= now < ends for begins, ends in spans)
    for begins, ends in spans:
        assert hours.is_open(here, begins)
        assert hours.is_open(here, ends - timedelta(seconds=1))
        assert not hours.is_open(here, ends)
        assert begins.astimezone(ZoneInfo(here.timezone)).date().isoformat() not in here.holidays
    coming = hours.next_opening(here, now)
    assert coming is None or (
        hours.is_open(here, coming) and now < coming < now + HORIZON + timedelta(days=2)
    )
    assert coming is not None or all(begins <= now for begins, _ in spans)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(here=TENANTS, now=MOMENTS)
def test_it_is_open_as_the_clock_on_the_wall_says(here: Tenant, now: datetime) -> None:
    """Days on which the clock is changed are left to the examples above."""
    local = now.astimezone(ZoneInfo(here.timezone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if midnight.utcoffset() == (midnight + timedelta(days=1)).utcoffset():
        clock = f"{local:%H:%M}"
        week = [each.split("-") for each in here.hours.get(DAYS[local.weekday()], [])]
        open_ = any(begins <= clock < ends for begins, ends in week)
        assert hours.is_open(here, now) == (open_ and local.date().isoformat() not in here.holidays)
