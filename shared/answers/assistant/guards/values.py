"""Values in texts: figures, prices, times, dates, telephone numbers, addresses and codes, in any notation.

A value is written in many ways: 8h, 8:00, 08 h, 8 am and "huit heures" are one time, and 1 500, 1.500 and
1,500 are one number. A mention may have several readings, and texts support it if they state one of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from shared.answers.assistant.guards import notation
from shared.answers.assistant.guards.notation import DATA, NUMBER, amount, index, plain

#: A kind of value and its normal form.
Value = tuple[str, object]
LANGUAGES = ("en", "fr", "es", "pt")


@dataclass(frozen=True)
class Mention:
    """A value in a text: the words that name it, its `readings`, and the values that it `states`.

    A time of 8:00 states a bare 8 too, but a bare 8 states no time. A bare number
    states an `amount`, which supports a price in any currency (a table names its currency once).
    """

    words: str
    readings: frozenset[Value]
    states: frozenset[Value]

    def stands_in(self, values: frozenset[Value]) -> bool:
        """Whether texts that state these values state this one."""
        amounts = {("amount", held[0]) for kind, held in self.readings if kind == "price"}  # type: ignore[index]
        return not values.isdisjoint(self.readings | amounts)


#: The readings of a match, and the values that it states besides them; several if it is a range.
_Found = Iterator[tuple[Iterable[Value], Iterable[Value]]]
_Read = Callable[[re.Match[str]], _Found]


def mentions(text: str, languages: Sequence[str] = LANGUAGES) -> list[Mention]:
    """Returns the values in a text; number words are those of the languages.

    Each pattern takes its matches out of the text, so that later ones do not read their parts again.
    """
    rest, found = plain(text), []
    for pattern, read in _patterns(tuple(languages)):
        read_here = []
        for match in pattern.finditer(rest):
            values = [(frozenset(one), frozenset([*one, *other])) for one, other in read(match)]
            words = " ".join(match[0].split())
            found += [Mention(words, readings, states) for readings, states in values if readings]
            read_here += [match.span()] if values else []
        for start, end in read_here:
            rest = rest[:start] + " " * (end - start) + rest[end:]
    return found


def stated(texts: Iterable[str]) -> frozenset[Value]:
    """Returns every value that the texts state."""
    return frozenset[Value]().union(*map(_stated, texts))


@lru_cache(maxsize=500)
def _stated(text: str) -> frozenset[Value]:
    """Returns the values of one text, of which most are passages that are asked for again and again."""
    return frozenset(value for each in mentions(text) for value in each.states)


@cache
def _patterns(languages: tuple[str, ...]) -> list[tuple[re.Pattern[str], _Read]]:
    """Returns the patterns in the order in which they read a text, each with its reading."""
    month, until = notation.months(), DATA["until"]
    day, short = notation.weekdays(), notation.short_weekdays()
    words, hours = notation.number_words(languages), DATA["hours"]
    half = rf"\s*(?:(?P<morning>{DATA['morning']})|(?P<evening>{DATA['evening']}))(?!\w)"
    nth = rf"(?P<day>\d{{1,2}}|{notation.ordinals()}|{words})(?:er|st|nd|rd|th|o)?"
    unit = r"(?:(?:st|nd|rd|th)|(?P<first_unit>[:h])(?P<first_minute>\d\d)?)?"
    since = rf"(?:\b(?P<first>\d{{1,2}}){unit}\s*(?:{until})\s*(?:la?s\s+)?)?"
    year = r"(?:,?\s*(?:de\s+|del\s+|of\s+)?(?P<year>\d{4})\b)?"
    units, before = notation.currencies(""), notation.currencies("_")
    scale = notation.scales()
    table: list[tuple[str, _Read]] = [
        (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", _as("email")),
        (r"https?://\S+|\bwww\.\S+", _nothing),
        (rf"\b(?:{DATA['always']})(?!\w)", _days("always", range(1, 8))),
        (rf"\b(?:{DATA['every_day']}|7 ?j?(?:ours)? ?(?:/|sur) ?7)(?!\w)", _days("daily", range(1, 8))),
        (rf"\b(?:{DATA['working_days']})\b", _days("working", range(1, 6))),
        (rf"\b(?:{DATA['weekend']})\b", _days("weekend", (6, 7))),
        (r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b", _numeric_date),
        (r"\b(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4}|\d\d)(?!\d)", _numeric_date),
        (r"\b(?P<day>\d{1,2})/(?P<month>\d{1,2})(?P<year>)(?![\d/])", _numeric_date),
        (rf"{since}\b{nth}\s*(?:de\s+|of\s+)?\b(?P<month>{month})\b\.?{year}", _named_date),
        (
            rf"\b(?P<month>{month})\.?\s+(?:the\s+)?{nth}\b(?!\s*[:h%]|\s?[ap]\.?m)"
            rf"(?:\s*(?:{until})\s*(?P<first>\d{{1,2}})\b)?{year}",
            _named_date,
        ),
        (rf"{since}\b(?P<hour>\d{{1,2}})\s*(?::|h|heures\s)\s*(?P<minute>\d\d)(?!\d)(?:{half})?", _time),
        (rf"{since}\b(?P<hour>\d{{1,2}})\s*(?:{hours})(?!\w)(?:{half})?", _time),
        (rf"{since}\b(?P<hour>\d{{1,2}})(?:[.](?P<minute>[0-5]\d))?{half}", _time),
        (rf"\b(?P<word>{words})\s+(?:{hours})\b(?:{half})?", _time),
        (rf"\b(?P<word>{words}){half}", _time),
        (rf"\b(?:{DATA['noon']})\b", _clock(720)),
        (rf"\b(?:{DATA['midnight']})\b", _clock(0)),
        (r"(?<![\w.,])(?:\+|00)?\(?\d(?:[ ./()-]{0,2}\d){6,14}(?!\w)", _phone),
        (
            rf"(?:(?:{before})\s*)?(?<![\w.,])(?P<number>{NUMBER}|(?:{words})(?!\w))"
            rf"(?:\s*(?P<scale>{scale})(?!\w))?"
            rf"(?:\s*(?:(?P<percent>{DATA['percent']})|(?:de\s+)?(?:{units}))(?!\w))?",
            _measured,
        ),
        (r"\b(?P<number>\d+)(?:er|ere|re|e|eme|nd|nde|st|rd|th|o|a)\b", _ordinal),
        (r"\b\d+ ?(?:m|km|cm)[23]?\b|\bco2\b", _area),
        (r"(?<!\w)(?=[\w-]*\d)(?=[\w-]*[a-z])[\w-]{2,}", _as("code")),
        (rf"(?<!\w){NUMBER}", _number),
        (rf"\b(?P<first>{day})\b(?:\s*(?:{until})\s*(?:les?\s+)?(?P<last>{day})\b)?", _weekdays),
        (rf"\b(?P<first>{short})\b\.?\s*[-–—]\s*(?P<last>{short})\b", _weekdays),
        (rf"\b(?P<first>{short})\.(?P<last>)(?=\s*(?:,|\d|(?:{short})\b))", _weekdays),
        (rf"\b(?!(?:{DATA['not_months']})\b)(?P<month>{month})\b(?<!\b(?!mai)\w\w\w)", _month),
        (rf"\b(?P<word>{words})\b", _word),
    ]
    return [(re.compile(pattern), read) for pattern, read in table]


def _nothing(_: re.Match[str]) -> _Found:
    """Reads no value: another guard is for links."""
    yield (), ()


def _as(kind: str) -> _Read:
    def read(match: re.Match[str]) -> _Found:
        yield [(kind, match[0].strip(".-"))], ()

    return read


def _days(name: str, numbers: Iterable[int]) -> _Read:
    def read(_: re.Match[str]) -> _Found:
        yield [("days", name)], [("weekday", number) for number in numbers]

    return read


def _clock(minutes: int) -> _Read:
    def read(_: re.Match[str]) -> _Found:
        yield [("time", minutes)], ()

    return read


def _numeric_date(match: re.Match[str]) -> _Found:
    day, month, year = int(match["day"]), int(match["month"]), match["year"] or "0"
    years = int(year) + (2000 if len(year) == 2 else 0)
    both = [each for each in (_dates(day, month, years), _dates(month, day, years)) if each]
    yield [each[0] for each in both] or [("code", match[0])], [value for each in both for value in each]


def _named_date(match: re.Match[str]) -> _Found:
    """Reads a date, or both ends of a range in one month."""
    month, year = index(DATA["months"], match["month"]), int(match["year"] or 0)
    for written in filter(None, (match["first"], match["day"])):
        day = int(written) if written.isdigit() else notation.numbers()[written]
        yield [("date", (day, month, year))], _dates(day, month, year)


def _dates(day: int, month: int, year: int) -> list[Value]:
    """Returns the values that a date states, none if there is no such day."""
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return []
    dates: list[Value] = [("date", (day, month, year)), ("date", (day, month, 0))]
    years: list[Value] = [("number", str(year))] if year else []
    return [*dates, ("month", month), ("number", str(day)), *years]


def _time(match: re.Match[str]) -> _Found:
    """Reads a time, or both ends of a range, of which the first may leave out its unit."""
    found = {name: value for name, value in match.groupdict().items() if value}
    half = next((name for name in ("morning", "evening") if name in found), "")
    hour = int(found["hour"]) if "hour" in found else notation.numbers()[found["word"]]
    yield [_clock_time(hour, int(found.get("minute", 0)), half)], [("number", str(hour))]
    if "first" in found:
        begin, minute = int(found["first"]), int(found.get("first_minute", 0))
        bare: set[Value] = set() if "first_unit" in found else {("number", str(begin))}
        yield {_clock_time(begin, minute, half), _clock_time(begin, minute, ""), *bare}, ()


def _clock_time(hour: int, minute: int, half: str) -> Value:
    """Returns the time of day in minutes, or the number of hours if a day has not so many."""
    if hour > 24 or minute > 59:
        return "number", str(hour)
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "evening" else 0)
    return "time", (hour % 24) * 60 + minute


def _phone(match: re.Match[str]) -> _Found:
    """Reads a telephone number by its last digits: it is written with and without its country."""
    written = match[0].strip()
    digits = re.sub(r"\D", "", written)
    if not re.fullmatch(r"\d{1,3}(?:[ .,]\d{3})+|\d{1,8}", written) or re.match(r"\+|00", written):
        yield [("phone", digits[-8:])], ()


def _measured(match: re.Match[str]) -> _Found:
    """Reads a number with a scale, a percent sign or a currency; a bare one is left to later patterns.

    A price is supported by its number alone (a table in one currency), but not by another currency.
    """
    found = match.groupdict()
    written = str(notation.numbers().get(found["number"], found["number"]))
    number = amount(written, notation.scale(found["scale"]))
    currency = next((name for name in DATA["currencies"] if found.get(name) or found.get(f"{name}_")), "")
    if found["percent"]:
        yield [("percent", number)], [("number", number)]
    elif currency:
        yield [("price", (number, currency))], [("number", number)]
    elif found["scale"]:
        yield [("number", number)], [("amount", number)]


def _ordinal(match: re.Match[str]) -> _Found:
    yield [("number", match["number"])], ()


def _area(match: re.Match[str]) -> _Found:
    """Reads the number of a measure, whose unit has many notations."""
    if number := re.match(r"\d+", match[0]):
        yield [("number", number[0])], ()
    else:
        yield (), ()


def _number(match: re.Match[str]) -> _Found:
    """Reads a number; "12 500" may also be two of them in a text that states it."""
    written = match[0]
    parts = [f"{int(part)}" for part in re.findall(r"\d+", written)] if " " in written else []
    stated = {amount(written), *parts}
    yield [("number", amount(written))], [(kind, each) for kind in ("number", "amount") for each in stated]


def _weekdays(match: re.Match[str]) -> _Found:
    """Reads a day of the week, or a range, which states the days between."""
    first = notation.weekday(match["first"])
    if not match["last"]:
        yield [("weekday", first)], ()
        return
    last = notation.weekday(match["last"])
    between: list[Value] = [("weekday", (first + step - 1) % 7 + 1) for step in range((last - first) % 7 + 1)]
    yield [("weekday", first)], between
    yield [("weekday", last)], ()


def _month(match: re.Match[str]) -> _Found:
    yield [("month", index(DATA["months"], match["month"]))], ()


def _word(match: re.Match[str]) -> _Found:
    number = str(notation.numbers()[match["word"]])
    yield [("number", number)], [("amount", number)]
