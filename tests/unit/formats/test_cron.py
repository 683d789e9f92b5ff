"""Recurring local times: refusals and their reasons, and the next time in rare patterns."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formats.cron import Recurrence


@pytest.mark.parametrize(
    ("text", "since", "expected"),
    [
        ("0 18 * * FRI", "2026-11-22T00:00", "2026-11-27T18:00"),
        ("0 18 * * 5", "2026-11-27T18:00", "2026-12-04T18:00"),  # strictly after
        ("0 18 * * 5", "2026-11-27T18:00:00.5", "2026-12-04T18:00"),
        ("0 18 * * 5", "2026-11-27T17:59:59.5", "2026-11-27T18:00"),
        ("0 9 31 * *", "2026-01-31T09:00", "2026-03-31T09:00"),
        ("0 9 29 2 *", "2026-01-31T09:00", "2028-02-29T09:00"),
        ("0 9 29 2 *", "2096-03-01T09:00", "2104-02-29T09:00"),
        ("0 9 L * *", "2026-02-01T00:00", "2026-02-28T09:00"),
        ("0 9 13 * FRI", "2026-11-22T00:00", "2026-11-27T09:00"),  # either of the two
        ("*/15 8-18 * * 1-5", "2026-11-20T18:45", "2026-11-23T08:00"),
        ("0 0 1 jan *", "2026-11-20T18:45", "2027-01-01T00:00"),
        ("  30   2   *   *   * ", "2026-03-29T00:00", "2026-03-29T02:30"),  # in no zone at all
    ],
)
def test_the_next_time(text: str, since: str, expected: str) -> None:
    assert Recurrence(text).after(datetime.fromisoformat(since)) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("75 * * * *", "minute: '75' is wrong (expected 0 to 59"),
        ("0 25 * * *", "hour: '25' is wrong (expected 0 to 23"),
        ("0 9 32 * *", "day of month: '32' is wrong (expected 1 to 31"),
        ("0 9 1 13 *", "month: '13' is wrong (expected 1 to 12"),
        ("0 9 * * 8", "day of week: '8' is wrong (expected 0 to 7"),
        ("0 9 * * MONDAY", "day of week: 'MONDAY' is wrong"),
        ("0 9 * * */0", "day of week: '*/0' is wrong"),
        ("0 17-9 * * *", "hour: '17-9' is wrong"),
        ("٣ 9 * * *", "minute: '٣' is wrong"),
        ("0 9 30 2 *", "never occurs"),
        ("0 9 31 2,4,6,9,11 *", "never occurs"),
        ("", "expected five fields (minute, hour, day of month, month, day of week)"),
        ("0 0 9 * * *", "expected five fields"),
        ("@daily", "expected five fields"),
        (f"0 9 {','.join(['1'] * 60)} * *", "at most 100 characters"),
        ("* * * * *", "minute: '*' is too often (expected at least 15 minutes between two)"),
        ("0,10 9 * * *", "minute: '0,10' is too often"),
        ("0,50 * * * *", "minute: '0,50' is too often"),  # from 9:50 to 10:00
        ("0,55 0,23 * * *", "minute: '0,55' is too often"),  # from 23:55 to 0:00
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        Recurrence(text)
    assert message in str(refused.value)


def test_a_pattern_may_use_the_same_minutes_in_hours_that_are_apart() -> None:
    assert Recurrence("0,50 9,18 * * *").after(datetime(2026, 1, 1, 9)) == datetime(2026, 1, 1, 9, 50)


def test_the_last_year() -> None:
    assert Recurrence("0 9 1 1 *").after(datetime(9999, 6, 1)) is None
    assert Recurrence("0 9 29 2 *").after(datetime(9998, 6, 1)) is None


def test_a_time_with_a_zone_is_no_local_time() -> None:
    with pytest.raises(ValueError, match="no zone"):
        Recurrence("0 9 * * *").after(datetime(2026, 1, 1, tzinfo=UTC))


@given(st.lists(st.text("0123456789*/,-#LWFRI ?\n", max_size=8), min_size=4, max_size=6).map(" ".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        recurrence = Recurrence(text)
    except ValueError:
        return
    assert recurrence.after(datetime(2026, 1, 1)) is not None
