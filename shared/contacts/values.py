"""Values of a person's fields: from JSON or from a table's cell to the declared type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from shared.contacts import spelt
from shared.contacts.spelt import Unfit
from shared.formats import countries, phone
from shared.formats.json_schema import one_of
from shared.language.folding import folded
from shared.models.attributes import Attribute, Value
from shared.models.tenant import Tenant

#: Greatest length (characters) of a text, of a name and of an item of a list; most items.
TEXT, NAME, ITEM, ITEMS = 2_000, 200, 200, 50
#: Marks between the items of a list in a cell; the first one that is in the cell counts.
_MARKS = ("|", ";", ",")
#: Control characters but tab and line feed, and halves of surrogate pairs.
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
#: A moment without a zone, until the contact's zone is known.
Written = Value | datetime


def text(value: Any, limit: int = TEXT) -> str:
    """Returns the text without spaces at its ends. Raises Unfit if it is none, or too long."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise Unfit("expected text")
    plain = value.strip().replace("\r\n", "\n")
    if len(plain) > limit:
        raise Unfit(f"expected at most {limit} characters")
    if _UNSTORABLE.search(plain):
        raise Unfit("expected text without control characters")
    return plain


def attribute(declared: Attribute, value: Any) -> Written:
    """Returns the value by its declaration, from JSON or from a cell's text. Raises Unfit."""
    return _KINDS[declared.type](declared, value)


def phone_number(value: Any, region: str = "") -> str:
    """Returns the number in E.164; a local one is of the `region`. Raises Unfit."""
    expected = "expected a phone number with its country code, such as +221770000001"
    written = spelt.tidy(value) if isinstance(value, str) else ""
    international = written.startswith(("+", "00"))
    found = phone.e164(written, "" if international else region) if international or region else None
    if found is None:
        raise Unfit(expected)
    return found


def name(value: Any) -> str:
    """Returns a person's name on one line. Raises Unfit."""
    return " ".join(text(value, NAME).split())


def language(value: Any, tenant: Tenant) -> str:
    """Returns one of the tenant's languages, of `fr`, `FR` or `fr-SN`. Raises Unfit."""
    code = text(value, NAME).replace("_", "-").partition("-")[0].lower()
    if code not in tenant.languages:
        raise Unfit(one_of(tenant.languages))
    return code


def timezone(value: Any) -> str:
    """Returns the name of a time zone. Raises Unfit if there is none of this name."""
    zone = text(value, NAME)
    if zone not in _zones():
        raise Unfit("expected the name of a time zone, such as Africa/Dakar")
    return zone


def country(value: Any) -> str:
    """Returns a country's code. Raises Unfit if there is none."""
    code = text(value, NAME).upper()
    if not countries.is_country(code):
        raise Unfit("expected a country's code of two letters, such as SN")
    return code


def boolean(value: Any) -> bool:
    """Returns whether it is true, a yes, or 1. Raises Unfit."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        return spelt.yes_or_no(str(value))
    raise Unfit(spelt.BOOLEAN)


def _number(_: Attribute, value: Any) -> Value:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return spelt.finite(value)
    return spelt.number(_spelling(value, spelt.NUMBER))


def _choice(declared: Attribute, value: Any) -> Value:
    """Returns one of the declared choices, also if case or accents differ."""
    given = text(value)
    meant = [each for each in declared.choices if each == given] or [
        each for each in declared.choices if folded(each) == folded(given)
    ]
    if len(meant) != 1:
        raise Unfit(one_of(declared.choices))
    return meant[0]


def _list(_: Attribute, value: Any) -> Value:
    if isinstance(value, str):
        mark = next((each for each in _MARKS if each in value), _MARKS[0])
        value = [part for part in value.split(mark) if part.strip()]
    if not isinstance(value, Sequence):
        raise Unfit("expected a list of texts")
    if len(value) > ITEMS:
        raise Unfit(f"expected at most {ITEMS} texts")
    return [text(each, ITEM) for each in value]


def _spelling(value: Any, expected: str) -> str:
    if not isinstance(value, str):
        raise Unfit(expected)
    return value


_KINDS: Mapping[str, Callable[[Attribute, Any], Written]] = {
    "text": lambda _, value: text(value),
    "number": _number,
    "date": lambda _, value: spelt.day(_spelling(value, spelt.DATE)),
    "time": lambda _, value: spelt.time_of_day(_spelling(value, spelt.TIME)),
    "moment": lambda _, value: spelt.moment(_spelling(value, spelt.MOMENT)),
    "boolean": lambda _, value: boolean(value),
    "choice": _choice,
    "list_of_text": _list,
}


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
