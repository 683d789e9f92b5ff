"""Values that a source writes as text: numbers, dates and moments."""

from __future__ import annotations

import re
from datetime import date, datetime

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,20})?", re.ASCII)


def moment(value: str) -> str | date | datetime:
    """Returns a date or a moment in ISO 8601, or the text if it is neither."""
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
        if _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    return value


def number(value: str) -> str | int | float:
    """Returns a number, whole if its decimals are zeros, or the text if it is none."""
    if not _NUMBER.fullmatch(value):
        return value
    whole, _, decimals = value.partition(".")
    return float(value) if decimals.strip("0") else int(whole)
