"""The fields of a Baserow table: how each is asked for, read and written.

https://baserow.io/user-docs/baserow-field-overview
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.models.verification import Linked
from shared.records import File
from shared.records._values import moment, number

_TEXTS = {"text", "long_text", "email", "phone_number", "url", "uuid", "char"}
_NUMBERS = {"number", "decimal", "autonumber", "rating", "count", "rollup"}
_DATES = {"date", "created_on", "last_modified"}


class Unfiltered(Exception):
    """A question that Baserow would not answer with exactly the rows that are asked for."""


@dataclass(frozen=True)
class Field:
    """A field by its name; `type` is the type of its values, also of a formula. `options` are the ids of a
    select's options by their texts."""

    name: str
    type: str
    options: Mapping[str, int]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Field:
        """Returns a field as the API tells it."""
        kind = str(told.get("formula_type") or told.get("type", ""))
        options = told.get("select_options") or ()
        named = {
            str(each.get("value")): each["id"] for each in options if isinstance(each, dict) and "id" in each
        }
        return cls(str(told.get("name", "")), kind, named)

    def filters(self, values: Sequence[str]) -> list[dict[str, str]]:
        """Returns the filters of which a row has to pass one; none if no row can. Raises Unfiltered."""
        match self.type:
            case "link_row":
                return self._by("link_row_has", [_id(value) for value in values])
            case "single_select" | "multiple_select":
                has = "single_select_equal" if self.type == "single_select" else "multiple_select_has"
                return self._by(has, [str(self.options[value]) for value in values if value in self.options])
            case "boolean":
                return self._by("boolean", values)
            case kind if kind in _TEXTS | _NUMBERS:
                return self._by("equal", values)
        raise Unfiltered(f"rows cannot be asked for by {self.name!r}, a field of the type {self.type!r}")

    def _by(self, how: str, values: Sequence[str]) -> list[dict[str, str]]:
        return [{"field": self.name, "type": how, "value": value} for value in values]

    def read_value(self, value: Any) -> Any:
        """Returns a value as records have it."""
        match value:
            case list() if self.type == "file":
                return [_file(each) for each in value if isinstance(each, dict)]
            case list():
                return [_linked(each) for each in value if isinstance(each, dict)]
            case dict():
                return _shown(value)
            case str() if self.type in _NUMBERS:
                return number(value)
            case str() if self.type in _DATES:
                return moment(value)
        return value

    def written(self, value: str | int | bool) -> Any:
        """Returns a value in the form for writing: a link is a list of ids or texts."""
        if self.type in ("link_row", "multiple_select"):
            return [value]
        return value


def listed(names: Sequence[str]) -> str:
    """Returns names as a list in a query; a comma or quote is quoted (backend `api/utils.py`)."""
    written = io.StringIO()
    csv.writer(written, escapechar="\\", doublequote=False, lineterminator="").writerow(names)
    return written.getvalue()


def _id(value: str) -> str:
    if not (value.isdecimal() and value.isascii()):
        raise Unfiltered("the id of a link is not a number, and would give all rows")
    return value


def _linked(told: Mapping[str, Any]) -> Linked:
    return Linked(id=str(told.get("id", "")), text=_shown(told))


def _file(told: Mapping[str, Any]) -> File:
    size = told.get("size")
    return File(
        str(told.get("visible_name") or told.get("name", "")),
        str(told.get("mime_type") or ""),
        str(told.get("url", "")),
        size if isinstance(size, int) else None,
    )


def _shown(told: Mapping[str, Any]) -> str:
    """Returns the words of a select, a link, a person or an address."""
    words = (told.get(name) for name in ("value", "name", "label", "url"))
    found = next((each for each in words if each not in (None, "")), "")
    return _shown(found) if isinstance(found, dict) else str(found)
