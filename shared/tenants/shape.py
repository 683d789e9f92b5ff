"""Errors of shape (names, types, lengths, forms) in words, from the JSON Schema of the declared tenant."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from shared.formats.json_schema import WORDS, bounds, expected, field

Schema = Mapping[str, Any]
Path = tuple[str | int, ...]

#: JSON type of a union's branch that holds other values, by pydantic's label of the branch.
_BRANCHES = {"list": "array", "dict": "object"}


@dataclass(frozen=True)
class _Place:
    """The path of an error, and the schema of its value. If `misnamed`, the last name of the path is wrong,
    and the schema is the one of the map that does not take it."""

    path: Path
    schema: Schema
    misnamed: bool = False


def problems(data: Any, errors: Sequence[ErrorDetails], schema: Schema) -> Iterator[tuple[str, str]]:
    """Yields a field and a message for each error that pydantic found in `data`, the outermost field first.

    Several errors of one field (a union has one for each branch) are one problem.
    """
    found: dict[Path, tuple[_Place, ErrorDetails]] = {}
    for error in errors:
        place = _place(schema, error["loc"])
        found.setdefault(place.path, (place, error))
    above = {path[:length] for path in found for length in range(len(path))}
    for place, error in sorted(found.values(), key=_order):
        # A value of a branch's type is judged by that branch: the error within it says more.
        if not ("anyOf" in place.schema and place.path in above):
            yield field(data, place.path), _message(place, error)


def _order(found: tuple[_Place, ErrorDetails]) -> tuple[int, bool]:
    """Returns the depth of the value that has to be edited: for a wrong or a missing name, the map. A wrong
    name comes first: it may be the missing one, misspelt."""
    place, error = found
    return len(place.path) - (place.misnamed or error["type"] == "missing"), not place.misnamed


def _place(root: Schema, steps: Path) -> _Place:
    """Returns the place of an error without the steps that pydantic adds: a union's branch, and `[key]`."""
    path: Path = ()
    schema = root
    for step in steps:
        if "anyOf" in schema:
            kind = _BRANCHES.get(str(step).partition("[")[0])
            schema = next((form for form in schema["anyOf"] if form["type"] == kind), schema)
        elif schema["type"] == "array":
            path, schema = (*path, step), _resolved(root, schema["items"])
        elif schema["type"] == "object":
            path = (*path, str(step))
            if (below := _below(schema, step)) is None:
                return _Place(path, schema, misnamed=True)
            schema = _resolved(root, below)
    return _Place(path, schema)


def _below(schema: Schema, name: str | int) -> Schema | None:
    """Returns the schema of a map's value, or None if the map does not take the name."""
    if not isinstance(name, str) or not _is_name(schema.get("propertyNames", {}), name):
        return None
    if name in schema.get("properties", {}):
        return schema["properties"][name]  # type: ignore[no-any-return]
    for pattern, below in schema.get("patternProperties", {}).items():
        if re.fullmatch(pattern, name):
            return below  # type: ignore[no-any-return]
    return schema.get("additionalProperties") or None


def _is_name(names: Schema, name: str) -> bool:
    allowed = names.get("enum", [names.get("const", name)])
    return name in allowed and re.fullmatch(names.get("pattern", ".*"), name) is not None


def _resolved(root: Schema, schema: Schema) -> Schema:
    """Returns the definition that a reference (`#/$defs/Wording`) names, or the schema itself."""
    if "$ref" not in schema:
        return schema
    return root["$defs"][schema["$ref"].rpartition("/")[2]]  # type: ignore[no-any-return]


def _message(place: _Place, error: ErrorDetails) -> str:
    schema = place.schema
    if place.misnamed and "propertyNames" in schema:
        return f"is not a name for this place ({expected(schema['propertyNames'])})"
    if place.misnamed:
        return f"is not a field ({expected(schema)})"
    # The field for a secret's name may hold its value by mistake: never show it.
    shown = "the value" if "secrets" in place.path else reprlib.repr(error["input"])
    if "anyOf" in schema:
        return f"{shown} is not allowed ({expected(schema)})"
    match error["type"]:
        case "missing":
            return "is missing"
        case "too_short" | "string_too_short":
            return f"is too short (expected at least {error['ctx']['min_length']})"
        case "too_long" | "string_too_long":
            return f"is too long (expected at most {error['ctx']['max_length']})"
        case kind if kind.endswith("_type") or kind == "string_unicode":  # half of a surrogate pair
            limits = f" ({expected(schema)})" if bounds(schema) else ""
            return f"{shown} is not {WORDS[schema['type']]}{limits}"
    return f"{shown} is not allowed ({expected(schema)})"
