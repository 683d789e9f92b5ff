"""Notations of numbers, times and dates in our languages: the words of values.json as patterns."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from shared.language.languages import shipped

DATA: Mapping[str, Any] = json.loads(Path(__file__).with_name("values.json").read_bytes())
#: Spaces of every width, hyphens and apostrophes of every form; invisible characters are left out.
_ALIKE = str.maketrans(
    dict.fromkeys(
        "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "
    )
    | dict.fromkeys("\u2010\u2011\u2012\u2212", "-")
    | dict.fromkeys("’‘ʼ´`", "'")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff*_", "")
)
#: A number with groups of three digits, which a space, a point or a comma separates; else with decimals.
NUMBER = r"(?:\d{1,3}(?:[ .,']\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+)?)"
_GROUPED = re.compile(r"(\d{1,3}(?:[ .,']\d{3})+)(?:[.,](\d{1,2}))?")


def plain(text: str) -> str:
    """Returns the text in lower case, without accents and marks, with one form of each space and digit."""
    text = text.translate(_ALIKE)
    if not text.isascii():
        split = unicodedata.normalize("NFKD", text)
        text = "".join(
            str(unicodedata.digit(each)) if each.isdigit() and not each.isascii() else each
            for each in split
            if not unicodedata.combining(each)
        )
    return text.casefold()


def amount(written: str, scale: int = 1) -> str:
    """Returns a number in normal form: "1.500", "1 500" and "1,500" are 1500, "1,50" is 1.5."""
    if (grouped := _GROUPED.fullmatch(written)) and not written.startswith("0"):
        number = Decimal(re.sub(r"\D", "", grouped[1]) + "." + (grouped[2] or "0"))
    else:
        number = Decimal(written.replace(",", "."))
    return f"{(number * scale).normalize():f}"


def scale(word: str | None) -> int:
    """Returns the number that a word such as "thousand" multiplies by, 1 for None."""
    return int(DATA["scales"].get(word, 1)) if word else 1


def index(patterns: Iterable[str], word: str) -> int:
    """Returns the place of the pattern that matches the word, from 1."""
    return next(place for place, each in enumerate(patterns, 1) if re.fullmatch(each, word))


def either(patterns: Iterable[str]) -> str:
    """Returns one pattern for all these, the longest first."""
    return "|".join(sorted("|".join(patterns).split("|"), key=len, reverse=True))


def months() -> str:
    """Returns a pattern for a month's name in any language."""
    return either(DATA["months"])


def scales() -> str:
    """Returns a pattern for a word that multiplies the number before it."""
    return either(DATA["scales"])


def currencies(mark: str) -> str:
    """Returns a pattern for a currency, which is a group of this name with the mark."""
    return "|".join(f"(?P<{name}{mark}>{each})" for name, each in DATA["currencies"].items())


@cache
def weekdays() -> str:
    """Returns a pattern for a day of the week in any language that we ship."""
    return either(_days())


@cache
def short_weekdays() -> str:
    """Returns a pattern for a day of the week in short, a word of its own in some language ("mon", "mer")."""
    return either(DATA["short_weekdays"])


def weekday(word: str) -> int:
    """Returns the number of a day of the week, in full or in short, 1 for Monday."""
    found = (
        each for each in (_days(), DATA["short_weekdays"]) if any(re.fullmatch(one, word) for one in each)
    )
    return index(next(found), word)


@cache
def _days() -> tuple[str, ...]:
    named = ([plain(language.days[day]) for language in shipped().values()] for day in range(7))
    return tuple(
        "|".join([ours, *map(re.escape, names)]) for ours, names in zip(DATA["weekdays"], named, strict=True)
    )


@cache
def numbers() -> Mapping[str, int]:
    """Returns the numbers up to twenty by their words, ordinals too, in all languages."""
    return {
        word: value
        for kind, first in (("ordinals", 1), ("numbers", 0))
        for words in DATA[kind].values()
        for value, each in enumerate(words, first)
        for word in each.split("|")
    }


@cache
def ordinals() -> str:
    """Returns a pattern for the day of a month as a word."""
    return either(word for words in DATA["ordinals"].values() for word in words)


@cache
def number_words(languages: tuple[str, ...]) -> str:
    """Returns a pattern for the numbers from two on: one is also an article."""
    words = [word for language in languages for word in DATA["numbers"].get(language, [])[2:]]
    return either(words) if words else r"(?!)"
