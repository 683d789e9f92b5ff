"""Dates, times and numbers in a language's own form, by the Unicode CLDR (Babel)."""

from __future__ import annotations

import re
from datetime import date, time
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel import Locale

#: The CLDR's France writes 18:30, Canada 18 h 30, which is what French typography asks for.
_CLOCKS = {"fr": "fr_CA"}
#: The first of a month, which the CLDR's patterns write as 1: "le 1er janvier".
_FIRST = {"fr": "1er"}
#: Skeletons of a day with its weekday and without a year, the best first; each
#: language has one (CLDR, UTS 35, Date Field Symbols).
_DAYS = ("MMMMEEEEd", "MMMMEd", "MMMEd")
_FIELDS = re.compile(r"'[^']*'|E+|ccc+|M{3,}|L{3,}")
#: The same fields in full.
_FULL = {"E": "EEEE", "c": "cccc", "M": "MMMM", "L": "LLLL"}


def full_date(value: date, language: str) -> str:
    """Returns a date with its weekday, such as "jeudi 24 décembre 2026"."""
    from babel.dates import format_date

    return _with_first(format_date(value, "full", locale=_locale(language)), value, language)


def day(value: date, language: str) -> str:
    """Returns a date with its weekday and without its year, such as "jeudi 24 décembre"."""
    from babel.dates import format_date

    return _with_first(format_date(value, _day_pattern(language), locale=_locale(language)), value, language)


def clock(value: time, language: str) -> str:
    """Returns a time of day, such as "18 h 30" or "6:30 PM"."""
    from babel.dates import format_time

    return format_time(value, "short", locale=_locale(_CLOCKS.get(language, language)))


def number(value: float, language: str, *, grouped: bool = True) -> str:
    """Returns a number with at most three decimals; its thousands are told apart if it is `grouped`."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=_locale(language), group_separator=grouped)


def size(count: int, language: str) -> str:
    """Returns a number of bytes for people, such as "24 ko" or "2.3 MB"."""
    from babel.units import format_unit

    mega = count >= 999_500
    value = round(count / 1_000_000, 1) if mega else max(1, round(count / 1_000))
    unit = "digital-megabyte" if mega else "digital-kilobyte"
    return format_unit(value, unit, "short", locale=_locale(language))


def right_to_left(language: str) -> bool:
    """Whether the language is written from right to left."""
    return bool(_locale(language).text_direction == "rtl")


def _with_first(written: str, value: date, language: str) -> str:
    return re.sub(r"\b1\b", _FIRST.get(language, "1"), written, count=1) if value.day == 1 else written


@lru_cache(maxsize=100)
def _day_pattern(language: str) -> str:
    skeletons = _locale(language).datetime_skeletons
    pattern = next(str(skeletons[name]) for name in _DAYS if name in skeletons)
    return _FIELDS.sub(lambda field: _FULL.get(field[0][0], field[0]), pattern)


@lru_cache(maxsize=100)
def _locale(name: str) -> Locale:
    """Returns the CLDR's data of a language, English if it has none."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
