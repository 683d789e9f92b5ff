"""Filters of templates, and values that a template needs and does not have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.formats import localised
from shared.formats.marks import inline


class Absent(Exception):
    """An attribute that a template needs, and that the contact does not have or has empty."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"the attribute {name} is absent")


class Missing:
    """The value of an absent attribute: false, equal to nothing. Showing or ordering it raises Absent."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __bool__(self) -> bool:
        return False

    def __contains__(self, _: object) -> bool:
        return False

    def _needed(self, *_: object) -> NoReturn:
        raise Absent(self._name)

    __str__ = __lt__ = __le__ = __gt__ = __ge__ = _needed


def shown(context: Any, value: Any) -> str:
    """Returns the words for the value of a placeholder: numbers without groups, lists with commas."""
    if isinstance(value, list | tuple):
        return ", ".join(shown(context, each) for each in value)
    if isinstance(value, bool):
        raise ValueError("a yes or no cannot be shown (expected {% if name %}…{% endif %})")
    if isinstance(value, int | float):
        return localised.number(value, context["language"], grouped=False)
    return inline(str(value))


def _date(context: Any, value: Any) -> str:
    return localised.full_date(_day_of(context, value), context["language"])


def _day(context: Any, value: Any) -> str:
    return localised.day(_day_of(context, value), context["language"])


def _time(context: Any, value: Any) -> str:
    found = _moment(context, value)
    try:
        clock = found.time() if found else time.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("the filter time expects a time or a moment") from None
    return localised.clock(clock, context["language"])


def _number(context: Any, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("the filter number expects a number")
    return localised.number(value, context["language"])


def _first(_: Any, value: Any) -> str:
    return _text(value, "first").split()[0]


def _upper(_: Any, value: Any) -> str:
    return _text(value, "upper").upper()


def _capitalize(_: Any, value: Any) -> str:
    return _text(value, "capitalize").capitalize()


def _default(_: Any, value: Any, otherwise: Any) -> Any:
    return otherwise if isinstance(value, Missing) else value


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"the filter {name} expects a text")
    return value


def _day_of(context: Any, value: Any) -> date:
    found = _moment(context, value)
    try:
        return found.date() if found else date.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("the filter expects a date or a moment") from None


def _moment(context: Any, value: Any) -> datetime | None:
    """Returns a moment in the zone of the contact, in UTC without one, or None if the value is no moment."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if found.tzinfo is None:
        return None
    try:
        return found.astimezone(ZoneInfo(context["zone"]))
    except (ZoneInfoNotFoundError, TypeError, ValueError, OSError, OverflowError):
        return found.astimezone(UTC)


def _for_present(function: Callable[..., Any]) -> Callable[..., Any]:
    """Lets absent values pass a filter, for a `default` after it."""

    def apply(context: Any, value: Any) -> Any:
        return value if isinstance(value, Missing) else function(context, value)

    return apply


#: The filters by their names; each gets the template's context, with `language` and `zone`.
FILTERS: dict[str, Callable[..., Any]] = {
    "date": _for_present(_date),
    "day": _for_present(_day),
    "time": _for_present(_time),
    "number": _for_present(_number),
    "first": _for_present(_first),
    "upper": _for_present(_upper),
    "capitalize": _for_present(_capitalize),
    "default": _default,
}
