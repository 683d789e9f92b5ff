"""Recurring local times in the five fields of crontab(5), read with cronsim.

They are times without a zone, so no change of a clock matters here. As in Debian's cron, a day has to match
both the day of the month and the day of the week if one of the two fields begins with `*`, else one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cronsim import CronSim

#: The least time between two occurrences.
LEAST = timedelta(minutes=15)
#: Each field with its expectation.
FIELDS = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day of month": "1 to 31, or L for the last day",
    "month": "1 to 12, or JAN to DEC",
    "day of week": "0 to 7, or SUN to SAT, MON#1 for the first Monday, 5L for the last Friday",
}
_LENGTH = 100
#: A day that begins neither a month nor a week, in a year after which all patterns of days come again.
_ANY_DAY = datetime(2000, 1, 5)


class Recurrence:
    """A recurring local time such as `0 18 * * FRI`.

    Raises ValueError if a field is wrong, if it never occurs, or if it occurs more often than LEAST.
    """

    def __init__(self, text: str) -> None:
        self._text = _checked(text)

    def after(self, local: datetime) -> datetime | None:
        """Returns the next occurrence after a local time, both without a zone, or None if there is none.

        The search ends after 50 years, and with the year 9999.
        """
        if local.tzinfo is not None:
            raise ValueError("a local time has no zone")
        return next(_from(self._text, local), None)


@lru_cache(maxsize=1_000)
def _checked(text: str) -> str:
    fields = text.split()
    if len(fields) != len(FIELDS) or len(text) > _LENGTH:
        raise ValueError(f"expected five fields ({', '.join(FIELDS)}) in at most {_LENGTH} characters")
    for place, (field, name) in enumerate(zip(fields, FIELDS, strict=True)):
        alone = ["*"] * len(FIELDS)
        alone[place] = field
        if _parsed(" ".join(alone), _ANY_DAY) is None:
            raise ValueError(f"{name}: {field!r} is wrong (expected {FIELDS[name]}, *, a-b, a,b or */n)")
    written = " ".join(fields)
    if next(_from(written, _ANY_DAY), None) is None:
        raise ValueError(f"{written!r} never occurs: no such month has such a day")
    _check_gaps(fields[0], fields[1])
    return written


def _check_gaps(minute: str, hour: str) -> None:
    """Raises ValueError if times of one day, or of two days in a row, are closer than LEAST."""
    end = _ANY_DAY + timedelta(days=2)
    daily = takewhile(lambda local: local < end, _from(f"{minute} {hour} * * *", _ANY_DAY))
    if any(later - earlier < LEAST for earlier, later in pairwise(daily)):
        minutes = LEAST // timedelta(minutes=1)
        raise ValueError(f"minute: {minute!r} is too often (expected at least {minutes} minutes between two)")


def _from(text: str, local: datetime) -> Iterator[datetime]:
    pattern = _parsed(text, local)
    try:
        yield from pattern or ()
    except OverflowError:  # after the year 9999
        return


def _parsed(text: str, local: datetime) -> CronSim | None:
    from cronsim import CronSim, CronSimError

    try:
        return CronSim(text, local)
    except CronSimError:
        return None
