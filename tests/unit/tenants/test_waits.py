"""Estimates: no promise that the roster, the queue or the last days contradict."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.models.handoff import Desk, Duty, Waiting
from shared.models.tenant import Tenant
from shared.tenants import roster
from shared.tenants.waits import Estimate, estimate, waited
from shared.tenants.working_time import DAYS

WEEKDAYS = {day: ["08:00-12:00", "14:00-18:00"] for day in DAYS[:5]}
FRIDAY = datetime(2026, 11, 20, 10, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
TWO = {name: {"name": name} for name in ("awa", "ibou")}


def tenant(**more: object) -> Tenant:
    fields = {"tenant": "t", "name": "Parish", "languages": ["fr"], "hours": WEEKDAYS, "staff": TWO}
    return Tenant.model_validate(fields | more)


def desk(queue: int = 0, **more: Any) -> Desk:
    """Returns a desk with so many requests in the queue, one a minute before FRIDAY."""
    since = (FRIDAY - timedelta(minutes=queue - place) for place in range(queue))
    waiting = [Waiting(handoff=f"h{place}", since=moment) for place, moment in enumerate(since)]
    return Desk(tenant="t", queue=waiting, **more)


def soon(minutes: int) -> Estimate:
    return Estimate("soon", minutes, FRIDAY + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("given_desk", "answer_minutes", "minutes"),
    [
        (desk(), 10, 10),
        (desk(), 1, 5),
        (desk(), 31, 40),
        (desk(), 120, 120),
        (desk(took=[60] * 20), 10, 10),
        (desk(took=[1500] * 20), 10, 25),
        (desk(took=[60] * 8 + [9000] * 2), 10, 10),  # a rare long wait is no rule
        (desk(took=[60] * 7 + [1320] * 3), 10, 25),
        (desk(1), 10, 10),
        (desk(2), 10, 20),
        (desk(5), 10, 30),
        (desk(4, took=[1200]), 10, 40),
    ],
)
def test_an_answer_soon(given_desk: Desk, answer_minutes: int, minutes: int) -> None:
    here = tenant(handoff={"answer_minutes": answer_minutes})
    assert estimate(here, given_desk, FRIDAY) == soon(minutes)


def test_only_the_requests_before_it_count() -> None:
    assert estimate(tenant(), desk(9), FRIDAY, "h1") == soon(10)
    assert estimate(tenant(), desk(9), FRIDAY, "h8") == soon(50)
    urgent = desk(9)
    urgent.queue[8].urgent = True
    assert estimate(tenant(), urgent, FRIDAY, "h8") == soon(10)


def test_a_desk_that_takes_nothing_does_not_look_fast() -> None:
    forgotten = desk(took=[60] * 4)
    forgotten.queue = [Waiting(handoff=f"h{n}", since=FRIDAY - timedelta(hours=1)) for n in range(2)]
    assert estimate(tenant(), forgotten, FRIDAY) == soon(70)


def test_a_night_does_not_count_as_waiting() -> None:
    overnight = desk()
    overnight.queue = [Waiting(handoff="h", since=FRIDAY.replace(hour=0))]
    at_opening = FRIDAY.replace(hour=8, minute=5)
    assert estimate(tenant(), overnight, at_opening).minutes == 10
    assert waited(tenant(), FRIDAY.replace(hour=0), at_opening) == 300
    assert waited(tenant(), FRIDAY.replace(hour=17, minute=58), MONDAY + timedelta(minutes=5)) == 420
    assert waited(tenant(), FRIDAY.replace(hour=11), FRIDAY.replace(hour=15)) == 2 * 3600
    assert waited(tenant(), FRIDAY, FRIDAY + timedelta(minutes=3)) == 180
    assert waited(tenant(), FRIDAY, FRIDAY - timedelta(minutes=3)) == 0
    assert waited(tenant(), FRIDAY.replace(hour=13), FRIDAY.replace(hour=13, minute=30)) == 0
    assert waited(tenant(hours={}), FRIDAY, FRIDAY + timedelta(minutes=3)) == 180


def test_out_of_hours_and_before_the_end_of_a_shift_it_is_the_next_duty() -> None:
    opening, at = FRIDAY.replace(hour=14), FRIDAY.replace(hour=14, minute=10)
    for now in (FRIDAY.replace(hour=12), FRIDAY.replace(hour=11, minute=51)):
        minutes = (at - now) // timedelta(minutes=1)
        assert estimate(tenant(), desk(), now) == Estimate("later", minutes, at, opening)
    assert estimate(tenant(), desk(), FRIDAY.replace(hour=11, minute=50)).kind == "soon"
    evening = estimate(tenant(), desk(), FRIDAY.replace(hour=19))
    assert (evening.opening, evening.at) == (MONDAY, MONDAY + timedelta(minutes=10))
    holiday = estimate(tenant(holidays=["2026-11-23"]), desk(), FRIDAY.replace(hour=19))
    assert holiday.opening == MONDAY + timedelta(days=1)


def test_the_next_member_carries_on() -> None:
    shifts = {"awa": "08:00-16:00", "ibou": "16:00-20:00"}
    staff = {
        name: {"name": name, "shifts": [{"days": list(DAYS), "hours": [interval]}]}
        for name, interval in shifts.items()
    }
    now = FRIDAY.replace(hour=15, minute=55)
    assert estimate(tenant(staff=staff), desk(), now) == Estimate("soon", 10, now + timedelta(minutes=10))


def test_members_off_duty_take_nothing() -> None:
    until = FRIDAY + timedelta(days=1)
    off = Duty(on=False, at=FRIDAY, until=until)
    assert estimate(tenant(), desk(2, duty={"awa": off}), FRIDAY) == soon(30)
    nobody = estimate(tenant(), desk(duty={"awa": off, "ibou": off}), FRIDAY)
    assert (nobody.kind, nobody.opening) == ("later", MONDAY)
    on = Duty(on=True, at=FRIDAY, until=until)
    assert estimate(tenant(hours={}), desk(duty={"awa": on}), FRIDAY) == soon(10)


def test_an_administrator_answers_nobody() -> None:
    always = [{"days": list(DAYS), "hours": ["00:00-24:00"]}]
    staff = TWO | {"root": {"name": "Root", "roles": ["admin"], "shifts": always}}
    assert estimate(tenant(staff=staff), desk(), FRIDAY.replace(hour=20)).opening == MONDAY
    assert estimate(tenant(staff=staff), desk(2), FRIDAY) == soon(20)


def test_nothing_is_promised_if_nothing_is_known() -> None:
    unknown = Estimate("unknown")
    assert estimate(tenant(hours={}), desk(), FRIDAY) == unknown
    assert estimate(tenant(hours={}, staff={}), desk(), FRIDAY) == unknown
    past = {"days": list(DAYS), "hours": ["08:00-18:00"], "ends": "2026-11-19"}
    assert estimate(tenant(staff={"awa": {"name": "A", "shifts": [past]}}), desk(), FRIDAY) == unknown
    assert estimate(tenant(handoff={"answer_minutes": 600}), desk(), FRIDAY) == unknown


def test_without_a_roster_the_opening_hours_hold() -> None:
    assert estimate(tenant(staff={}), desk(), FRIDAY) == soon(10)
    assert estimate(tenant(staff={}), desk(), FRIDAY.replace(hour=20)).opening == MONDAY


CLOCKS = st.integers(0, 24 * 4).map(lambda quarters: f"{quarters // 4:02}:{quarters % 4 * 15:02}")
INTERVALS = st.tuples(CLOCKS, CLOCKS).filter(lambda pair: pair[0] < pair[1]).map("-".join)
DATES = st.dates(date(2026, 1, 1), date(2027, 12, 31)).map(date.isoformat)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 10, 31), timezones=st.just(UTC))
SHIFTS = st.fixed_dictionaries(
    {
        "days": st.lists(st.sampled_from(DAYS), min_size=1, max_size=7),
        "hours": st.lists(INTERVALS, min_size=1, max_size=3) | st.just(["22:00-24:00", "00:00-06:00"]),
        "begins": st.none() | DATES,
        "ends": st.none() | DATES,
    }
)
MEMBERS = st.fixed_dictionaries(
    {
        "name": st.just("Awa"),
        "shifts": st.lists(SHIFTS, max_size=3),
        "roles": st.lists(st.sampled_from(["agent", "supervisor", "admin"]), min_size=1, max_size=3),
    }
)
TENANTS = st.builds(
    lambda zone, minutes, **fields: tenant(timezone=zone, handoff={"answer_minutes": minutes}, **fields),
    st.sampled_from(
        ["Africa/Dakar", "America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Africa/Cairo"]
    ),
    st.integers(1, 200),
    hours=st.dictionaries(st.sampled_from(DAYS), st.lists(INTERVALS, max_size=2), max_size=7),
    holidays=st.lists(DATES, max_size=40),
    staff=st.dictionaries(st.sampled_from(["awa", "ibou", "root"]), MEMBERS, max_size=3),
)


@st.composite
def desks(draw: st.DrawFn, now: datetime) -> Desk:
    ages = draw(st.lists(st.integers(0, 5000), max_size=8))
    until = st.integers(-60, 2000).map(lambda minutes: now + timedelta(minutes=minutes))
    duty = st.builds(Duty, on=st.booleans(), at=st.just(now), until=until)
    return Desk(
        tenant="t",
        took=draw(st.lists(st.integers(0, 20_000), max_size=20)),
        queue=[Waiting(handoff=f"h{n}", since=now - timedelta(minutes=age)) for n, age in enumerate(ages)],
        duty=draw(st.dictionaries(st.sampled_from(["awa", "ibou", "gone"]), duty, max_size=3)),
    )


@settings(max_examples=500, deadline=None, derandomize=True)
@given(data=st.data(), here=TENANTS, now=MOMENTS)
def test_a_promise_is_never_sooner_than_the_rule_nor_in_a_time_with_nobody_there(
    data: st.DataObject, here: Tenant, now: datetime
) -> None:
    at_desk = data.draw(desks(now))
    promise = estimate(here, at_desk, now)
    if promise.at is None:
        assert promise == Estimate("unknown")
        return
    begins = promise.opening or now
    assert (promise.kind == "soon") is (promise.opening is None)
    assert begins >= now
    assert promise.at - begins >= timedelta(minutes=here.handoff.answer_minutes)
    assert (promise.at - begins) % timedelta(minutes=5) == timedelta()
    assert timedelta(minutes=promise.minutes - 1) < promise.at - now <= timedelta(minutes=promise.minutes)
    for moment in (begins, begins + (promise.at - begins) / 2, promise.at - timedelta(seconds=1)):
        if here.staff:
            there = {*roster.on_duty(here, at_desk, moment)}.intersection(roster.answering(here))
            assert there
            said = [name for name, word in at_desk.duty.items() if word.on and word.until > moment]
            day = moment.astimezone(ZoneInfo(here.timezone)).date().isoformat()
            assert day not in here.holidays or there.intersection(said)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data(), here=TENANTS, now=MOMENTS)
def test_a_longer_queue_never_makes_a_promise_sooner(
    data: st.DataObject, here: Tenant, now: datetime
) -> None:
    at_desk = data.draw(desks(now))
    longer = at_desk.model_copy(update={"queue": [*at_desk.queue, Waiting(handoff="one", since=now)]})
    before, after = estimate(here, at_desk, now), estimate(here, longer, now)
    assert after.at is None or (before.at is not None and before.at <= after.at)
