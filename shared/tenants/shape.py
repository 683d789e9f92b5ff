"""Errors of shape (names, types, lengths, forms) in words, from the JSON Schema of the declared tenant."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import ErrorDetails

from shared.formats.json_schema import WORDS, bounds, expected, field, one_of

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
        place = _misspelt(_place(schema, error["loc"]), error)
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
        if (present := _present(schema)) is not None:
            schema = _resolved(root, present)
        if "oneOf" in schema:
            schema = next(form for form in _forms(root, schema) if step == _tag(form))
        elif "anyOf" in schema:
            kind = _BRANCHES.get(str(step).partition("[")[0])
            schema = next((form for form in schema["anyOf"] if form["type"] == kind), schema)
        elif schema["type"] == "array":
            path, schema = (*path, step), _resolved(root, schema["items"])
        elif schema["type"] == "object":
            path = (*path, str(step))
            if (below := _below(schema, step)) is None:
                return _Place(path, schema, misnamed=True)
            schema = _resolved(root, below)
    return _Place(path, {"oneOf": _forms(root, schema)} if "oneOf" in schema else schema)


def _present(schema: Schema) -> Schema | None:
    """Returns the one map that a value is if it is not empty (`File | None`), else None."""
    forms = schema.get("anyOf", ())
    maps = [form for form in forms if "$ref" in form]
    return maps[0] if len(forms) == 2 and len(maps) == 1 else None


def _forms(root: Schema, schema: Schema) -> list[Schema]:
    return [_resolved(root, form) for form in schema["oneOf"]]


def _tag(form: Schema) -> str:
    """Returns the field that tells a map of a tagged union from the others: its first one."""
    return form["required"][0]  # type: ignore[no-any-return]


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


def _misspelt(place: _Place, error: ErrorDetails) -> _Place:
    """Returns the place of the first unknown field if a map is none of its union's forms, else the place."""
    forms = place.schema.get("oneOf", ())
    if forms and isinstance(error["input"], dict) and not _tags(forms, error["input"]):
        known = {name for form in forms for name in form["properties"]}
        for name in error["input"]:
            if name not in known:
                return _Place((*place.path, str(name)), place.schema, misnamed=True)
    return place


def _tags(forms: Sequence[Schema], names: Iterable[str]) -> list[str]:
    return [tag for tag in map(_tag, forms) if tag in names]


def _union_message(place: _Place, value: Any) -> str:
    """Returns the message for a value that is not exactly one of a union's maps."""
    forms = place.schema["oneOf"]
    wanted = one_of(map(_tag, forms)).replace("one of", "exactly one of", 1)
    if place.misnamed:
        return f"is not a field ({wanted})"
    if not isinstance(value, dict):
        return f"{reprlib.repr(value)} is not a map ({wanted})"
    named = " and ".join(_tags(forms, value))
    return f"has {named} ({wanted})" if named else f"is not complete ({wanted})"


def _message(place: _Place, error: ErrorDetails) -> str:
    schema = place.schema
    if "oneOf" in schema and error["type"] != "missing":
        return _union_message(place, error["input"])
    if place.misnamed and "propertyNames" in schema:
        return f"is not a name for this place ({expected(schema['propertyNames'])})"
    if place.misnamed:
        return f"is not a field ({expected(schema)})"
    # The field for a secret's name may hold its value by mistake: never show it.
    hidden = "secrets" in place.path or (place.path[:1] == ("answers",) and "keys" in place.path)
    shown = "the value" if hidden else reprlib.repr(error["input"])
    if "anyOf" in schema:
        return f"{shown} is not allowed ({expected(schema)})"
    match error["type"]:
        case "missing":
            return "is missing"
        case "too_short" | "string_too_short":
            return f"is too short (expected at least {error['ctx']['min_length']})"
        case "too_long" | "string_too_long":
            return f"is too long (expected at most {error['ctx']['max_length']})"
        case "string_type" if "pattern" in schema and isinstance(error["input"], int):
            # YAML reads 18:30 and 2026 as numbers.
            return f"{shown} is not text ({expected(schema)}, in quotes)"
        case kind if kind.endswith("_type") or kind == "string_unicode":  # half of a surrogate pair
            limits = f" ({expected(schema)})" if bounds(schema) else ""
            return f"{shown} is not {WORDS[schema['type']]}{limits}"
    return f"{shown} is not allowed ({expected(schema)})"
