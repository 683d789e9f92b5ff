"""Untrusted JSON: repaired while it is parsed, checked against a model, refused with the name of a field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from pydantic_core import from_json

from shared.errors import Rejected
from shared.models.parts import whole

TEXT_LIMIT = 20_000


class Wire(BaseModel):
    """The fields of a foreign format that we read.

    A field of the wrong type is an error, an unknown field is ignored, and a null counts as an absent field.
    """

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: held for name, held in value.items() if held is not None}


M = TypeVar("M", bound=BaseModel)


def loads(body: bytes, *, longest: int = TEXT_LIMIT) -> Any:
    """Returns the JSON in `body`, or None if it is not JSON.

    Halves of emoji (JavaScript cuts them) become `?`, and texts are cut at `longest` characters.
    """
    # pydantic's parser is faster, but refuses half an emoji. No text is longer than the body.
    if len(body) <= longest:
        with suppress(ValueError, RecursionError):
            return from_json(body, allow_inf_nan=False)
    try:
        return _repaired(_JSON.decode(body.decode()), longest)
    except (ValueError, RecursionError):
        return None


def as_it_stands(body: bytes) -> Any:
    """Returns the JSON in `body` with its texts neither repaired nor cut, or None if it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def read(model: type[M], value: object, at: str = "body") -> M:
    """Returns the value as a model. Raises Rejected(400) with `problem` if it does not fit."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Rejected(400, problem(error, model, at)) from None


def problem(error: ValidationError, model: type[BaseModel] | TypeAdapter[Any], at: str = "") -> str:
    """Returns the first error of an input at `at`: the field of `model` and the expected value.

    It quotes nothing of the input: no value, and no key that is not a field of ours.
    """
    first = error.errors(include_url=False, include_input=False)[0]
    fields = _fields(model)
    steps = [str(step) for step in first["loc"] if isinstance(step, int) or step in fields]
    expected = first["msg"]
    if first["type"] == "union_tag_invalid":  # its message quotes the input's tag
        expected = f"Input should be tagged {first['ctx']['expected_tags']}"
    return f"{'.'.join([at, *steps] if at else steps) or 'body'}: {expected}"


def moment(now: datetime, *, seconds: object = None, milliseconds: object = None) -> datetime:
    """Returns the first valid one of two times since 1970, at most `now`; `now` if neither is valid."""
    for value, unit in (seconds, 1), (milliseconds, 1000):
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return min(now, datetime.fromtimestamp(min(value, now.timestamp() * unit) / unit, UTC))
    return now


def whole_number(value: object) -> int:
    """Returns the value if it is an integer above 0 that fits into 63 bits, else 0."""
    is_one = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
    return int(value) if is_one else 0  # type: ignore[call-overload]


def inside(source: object, *path: str) -> Any:
    """Returns the value at `path` in untyped JSON, or None."""
    for name in path:
        source = source.get(name) if isinstance(source, dict) else None
    return source


def items(source: object, *path: str) -> list[Any]:
    """Returns the list at `path` in untyped JSON, or an empty list."""
    found = inside(source, *path)
    return found if isinstance(found, list) else []


def words(source: object, *path: str) -> str:
    """Returns the text at `path` in untyped JSON, stripped, or ""."""
    for name in path:
        if not isinstance(source, dict):
            return ""
        source = source.get(name)
    return source.strip() if isinstance(source, str) else ""


def label(word: str) -> str:
    """Returns a vendor's word fit for a log: short, lower case, only letters, digits, `.`, `_` and `-`."""
    return re.sub(r"[^a-z0-9._-]", "_", word.lower()[:60])


@lru_cache(maxsize=64)
def _fields(model: type[BaseModel] | TypeAdapter[Any]) -> frozenset[str]:
    """Returns the names and aliases of all fields that the model and its nested models declare."""
    schema = model.core_schema if isinstance(model, TypeAdapter) else model.__pydantic_core_schema__
    return frozenset(_declared(schema))


def _declared(schema: object) -> Iterator[str]:
    """Yields the field names of pydantic's core schema, which has each model once, also a recursive one."""
    if isinstance(schema, Mapping):
        if schema.get("type") == "model-fields":
            for name, field in schema["fields"].items():
                yield from (name, *_spellings(field.get("validation_alias")))
        for inner in schema.values():
            yield from _declared(inner)
    elif isinstance(schema, list | tuple):
        for inner in schema:
            yield from _declared(inner)


def _spellings(alias: object) -> Iterator[str]:
    """Yields the names in a field's alias: a name, a path of names, or several paths."""
    if isinstance(alias, str):
        yield alias
    elif isinstance(alias, list):
        for each in alias:
            yield from _spellings(each)


def _repaired(value: Any, longest: int) -> Any:
    match value:
        case dict():
            return {name: _repaired(item, longest) for name, item in value.items()}
        case list():
            return [_repaired(item, longest) for item in value]
        case str():
            return whole(value[:longest])
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse)
