"""The filters and the order of a list of rows, as Baserow has them (`backend/src/baserow/contrib/database`).

The simple form skips a misspelt name, and an empty value filters nothing: all rows come back. The tree is
strict about names and types, and lenient about values all the same.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Json = dict[str, Any]
_TEXTS = {"text", "long_text", "email", "phone_number", "url", "number"}
#: The types of fields that each filter is for.
_FOR = {
    "equal": _TEXTS,
    "contains": _TEXTS | {"single_select", "link_row"},
    "boolean": {"boolean"},
    "link_row_has": {"link_row"},
    "single_select_equal": {"single_select"},
    "multiple_select_has": {"multiple_select"},
}


class Refused(Exception):
    """A query that the server answers with 400; the text is the name of the error."""


def filtered(rows: Sequence[Json], fields: Sequence[Json], query: Mapping[str, str]) -> list[Json]:
    """Returns the rows that pass the filters, in the order asked for. Raises Refused."""
    by_name = {each["name"]: each for each in fields}
    if "filters" in query:
        try:
            passes = _group(json.loads(query["filters"]), by_name)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refused("ERROR_FILTERS_PARAM_VALIDATION_ERROR") from None
    else:
        passes = _simple(query, by_name)
    return _ordered([row for row in rows if passes(row)], by_name, query.get("order_by", ""))


def _group(tree: Mapping[str, Any], fields: Mapping[str, Json]) -> Callable[[Json], bool]:
    parts = [
        _filter(each["field"], each["type"], str(each["value"]), fields) for each in tree.get("filters", ())
    ]
    parts += [_group(each, fields) for each in tree.get("groups", ())]
    join = any if tree.get("filter_type", "AND") == "OR" else all
    return lambda row: not parts or join(part(row) for part in parts)


def _filter(name: str, kind: str, value: str, fields: Mapping[str, Json]) -> Callable[[Json], bool]:
    if name not in fields:
        raise Refused("ERROR_FILTER_FIELD_NOT_FOUND")
    if kind not in _FOR:
        raise Refused("ERROR_VIEW_FILTER_TYPE_DOES_NOT_EXIST")
    if fields[name]["type"] not in _FOR[kind]:
        raise Refused("ERROR_VIEW_FILTER_TYPE_UNSUPPORTED_FIELD")
    return _test(name, kind, value)


def _simple(query: Mapping[str, str], fields: Mapping[str, Json]) -> Callable[[Json], bool]:
    tests: list[Callable[[Json], bool]] = []
    for parameter, value in query.items():
        _, _, rest = parameter.partition("filter__")
        name, _, kind = rest.rpartition("__")
        if name == "field_id" and kind == "in":
            tests.append(_by_id({int(each) for each in value.split(",") if each.isdecimal()}))
        elif name in fields and kind in _FOR:
            tests.append(_filter(name, kind, value, fields))
    join = any if query.get("filter_type", "AND") == "OR" else all
    return lambda row: not tests or join(test(row) for test in tests)


def _by_id(ids: set[int]) -> Callable[[Json], bool]:
    return lambda row: not ids or row["id"] in ids


def _test(name: str, kind: str, value: str) -> Callable[[Json], bool]:
    """Returns the test of one filter; an empty value, or an id that is none, passes all rows."""
    if not value or (kind == "link_row_has" and not value.isdecimal()):
        return lambda _: True
    match kind:
        case "contains":
            return lambda row: value.casefold() in json.dumps(row.get(name), ensure_ascii=False).casefold()
        case "boolean":
            return lambda row: bool(row.get(name)) == (value.casefold() in ("true", "1", "t", "y", "yes"))
        case "link_row_has" | "multiple_select_has":
            return lambda row: value in {str(each["id"]) for each in row.get(name) or ()}
        case "single_select_equal":
            return lambda row: value == str((row.get(name) or {}).get("id"))
    return lambda row: str(row.get(name)) == value


def _ordered(rows: list[Json], fields: Mapping[str, Json], order: str) -> list[Json]:
    if not order:
        return rows
    for each in reversed(next(csv.reader([order], escapechar="\\"))):
        name = each.lstrip("+-")
        if name not in fields:
            raise Refused("ERROR_ORDER_BY_FIELD_NOT_FOUND")
        rows = _by_field(rows, name, last_first=each.startswith("-"))
    return rows


def _by_field(rows: list[Json], name: str, *, last_first: bool) -> list[Json]:
    return sorted(rows, key=lambda row: str(row.get(name) or ""), reverse=last_first)
