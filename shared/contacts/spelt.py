"""Numbers, dates, times and yes or no, as people and their spreadsheets spell them.

Each function raises Unfit for a spelling that is wrong or has two meanings: a wrong guess would reach people.
In a date with the year last, the day stands before the month, as in nearly all countries.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from shared.language.folding import folded

#: Largest number: every integer up to it has a value of its own as a floating-point number.
_LARGEST = 2**53
#: Years that a date of a living person or of a booking can have.
_YEARS = range(1900, 2101)
#: A number without groups, and numbers whose thousands are grouped by commas or by dots.
_PLAIN = re.compile(r"([+-]?)([0-9]{1,16})(?:([.,])([0-9]{1,12}))?")
_COMMAS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3}){1,5}(?:\.[0-9]{1,12})?")
_DOTS = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3}){1,5}(?:,[0-9]{1,12})?")
#: A space or an apostrophe between thousands.
_SPACED = re.compile(r"(?<=[0-9])[ '’](?=[0-9]{3}(?![0-9]))")
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_TIME = re.compile(
    r"([0-9]{1,2})(?:[:h.]([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?|(h))?(?: ?([ap])\.?m\.?)?", re.I
)
_ZONED = re.compile(r"(.*[0-9]) ?(Z|[+-][0-9]{2}:?[0-9]{2})", re.I)
_WORDS: Mapping[bool, str] = {
    True: "yes y true t 1 oui o vrai v si s verdadero sim waaw نعم x",
    False: "no n false f 0 non faux falso nao deedeet لا",
}

DATE = "expected a date, such as 2026-12-24 or 24/12/2026"
TIME = "expected a time of day, such as 18:30"
MOMENT = "expected a date and a time, such as 2026-12-24T18:30 or 2026-12-24T18:30:00+01:00"
NUMBER = "expected a number, such as 1234.5"
BOOLEAN = "expected yes or no"


class Unfit(ValueError):
    """A value that is not of its type. The text is what was expected; it never quotes the value."""


def tidy(text: str) -> str:
    """Returns the text with ASCII digits and plain single spaces, without spaces at its ends."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)
    return " ".join(text.split())


def number(text: str) -> float | int:
    """Returns the number: `1234.5`, `1234,5`, `1 234,5`, `1,234.5`, `1.234,5`.

    `1,234` is refused, because it may be a thousand or one and a bit.
    """
    spelt = _SPACED.sub("", tidy(text).replace("−", "-"))
    if match := _PLAIN.fullmatch(spelt):
        sign, whole, mark, rest = match.groups()
        if mark == "," and len(rest) == 3 and whole != "0" and len(whole) <= 3:
            raise Unfit(NUMBER)
        return finite(float(f"{sign}{whole}.{rest}") if rest else int(f"{sign}{whole}"))
    if _COMMAS.fullmatch(spelt):
        return finite(float(spelt.replace(",", "")))
    if _DOTS.fullmatch(spelt):
        return finite(float(spelt.replace(".", "").replace(",", ".")))
    raise Unfit(NUMBER)


def finite(value: float | int) -> float | int:
    """Returns the number, an integer if it is whole. Raises Unfit if it is too large or is none."""
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise Unfit(NUMBER)
    return int(value) if value == int(value) else value


def day(text: str) -> str:
    """Returns the date as `2026-12-24`."""
    spelt = tidy(text)
    if match := _YEAR_FIRST.fullmatch(spelt):
        year, month, of_month = match[1], match[3], match[4]
    elif match := _DAY_FIRST.fullmatch(spelt):
        year, month, of_month = match[4], match[3], match[1]
    else:
        raise Unfit(DATE)
    try:
        found = date(int(year), int(month), int(of_month))
    except ValueError:
        raise Unfit(DATE) from None
    if found.year not in _YEARS:
        raise Unfit(DATE)
    return found.isoformat()


def time_of_day(text: str) -> str:
    """Returns the time as `18:30`, of `18:30`, `18h30`, `18h`, `18.30`, `6:30 pm`; seconds are dropped."""
    match = _TIME.fullmatch(tidy(text))
    if not match or not (match[2] or match[4] or match[5]):
        raise Unfit(TIME)
    hour, half = int(match[1]), (match[5] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise Unfit(TIME)
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(match[2] or 0), int(match[3] or 0)).strftime("%H:%M")
    except ValueError:
        raise Unfit(TIME) from None


def moment(text: str) -> datetime:
    """Returns the time; it has no zone if the text names none (`local` gives it one)."""
    spelt = tidy(text)
    match = _ZONED.fullmatch(spelt)
    zone, spelt = (match[2], match[1]) if match and ":" in match[1] else ("", spelt)
    days, found, times = spelt.replace("T", " ").partition(" ")
    if not found:
        raise Unfit(MOMENT)
    try:
        naive = datetime.fromisoformat(f"{day(days)}T{time_of_day(times)}")
        return datetime.fromisoformat(f"{naive.isoformat()}{zone.upper()}").astimezone(UTC) if zone else naive
    except (ValueError, OverflowError):
        raise Unfit(MOMENT) from None


def local(naive: datetime, zone: str) -> datetime:
    """Returns the instant at which clocks of the zone show this time.

    Raises Unfit if they never do, or twice, as when summer time begins and ends.
    """
    here = ZoneInfo(zone)
    first, second = (naive.replace(tzinfo=here, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        raise Unfit(f"{MOMENT} (clocks of {zone} change at this time: write its offset)")
    return first


def yes_or_no(text: str) -> bool:
    """Returns whether the text is a yes, in one of the languages that we ship."""
    meaning = _meanings().get(folded(text))
    if meaning is None:
        raise Unfit(BOOLEAN)
    return meaning


@cache
def _meanings() -> Mapping[str, bool]:
    return {folded(word): meaning for meaning, words in _WORDS.items() for word in words.split()}
