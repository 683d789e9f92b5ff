"""JSON from outside: tidied while it is read, checked against a model, and refused by the name of a field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from pydantic_core import from_json

from shared.errors import Rejected
from shared.models.parts import whole

TEXT_LIMIT = 20_000


class Wire(BaseModel):
    """The part of a foreign format that we read. A field of another type than ours is refused, a stranger
    passes; a default stands for both a null and an absent field."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: held for name, held in value.items() if held is not None}


M = TypeVar("M", bound=BaseModel)


def loads(body: bytes) -> Any:
    """The JSON in `body`, None where it is none. Halves of emoji (JavaScript cuts them) become `?`, and texts
    end at TEXT_LIMIT characters."""
    # pydantic's parser is the faster one, but takes no half of an emoji. No text is longer than the body.
    parsers = (_as_it_is, _tidied) if len(body) <= TEXT_LIMIT else (_tidied,)
    for parse in parsers:
        try:
            return parse(body)
        except (ValueError, RecursionError):
            continue
    return None


def read(model: type[M], value: object, at: str = "body") -> M:
    """Raises Rejected(400) that names the first wrong field and what was expected, never what was there."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise Rejected(400, problem(error, model, at)) from None


def problem(error: ValidationError, model: type[BaseModel] | TypeAdapter[Any], at: str = "") -> str:
    """The first thing that is wrong with what `model` was given at `at`: the field and what was expected.
    Nothing of theirs is in it: neither a value nor a key that is no field of ours."""
    first = error.errors(include_url=False, include_input=False)[0]
    fields = _fields(model)
    steps = [str(step) for step in first["loc"] if isinstance(step, int) or step in fields]
    expected = first["msg"]
    if first["type"] == "union_tag_invalid":  # its message quotes the tag that was given
        expected = f"Input should be tagged {first['ctx']['expected_tags']}"
    return f"{'.'.join([at, *steps] if at else steps) or 'body'}: {expected}"


def moment(now: datetime, *, seconds: object = None, milliseconds: object = None) -> datetime:
    """A time since 1970, the first of the two that is one; never later than `now`, which stands for none."""
    for value, unit in (seconds, 1), (milliseconds, 1000):
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            return min(now, datetime.fromtimestamp(min(value, now.timestamp() * unit) / unit, UTC))
    return now


def whole_number(value: object) -> int:
    """A number above 0 that fits into 63 bits, else 0."""
    is_one = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63
    return int(value) if is_one else 0  # type: ignore[call-overload]


def inside(source: object, *path: str) -> Any:
    """What lies at `path` in data that promises no shape, None where nothing does."""
    for name in path:
        source = source.get(name) if isinstance(source, dict) else None
    return source


def items(source: object, *path: str) -> list[Any]:
    """The list at `path`, an empty one where there is none."""
    found = inside(source, *path)
    return found if isinstance(found, list) else []


def words(source: object, *path: str) -> str:
    """The text at `path`, "" where there is none."""
    for name in path:
        if not isinstance(source, dict):
            return ""
        source = source.get(name)
    return source.strip() if isinstance(source, str) else ""


def label(word: str) -> str:
    """A word of theirs, fit for a log: short, lower case, nothing but letters, digits, `.`, `_` and `-`."""
    return re.sub(r"[^a-z0-9._-]", "_", word.lower()[:60])


@lru_cache(maxsize=64)
def _fields(model: type[BaseModel] | TypeAdapter[Any]) -> frozenset[str]:
    """The names, and other spellings, of all fields that the model and those inside it declare."""
    schema = model.core_schema if isinstance(model, TypeAdapter) else model.__pydantic_core_schema__
    return frozenset(_declared(schema))


def _declared(schema: object) -> Iterator[str]:
    """From pydantic's own schema, which names each model once, also one that holds itself."""
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
    """A field's alias is a name, a path of names, or several paths."""
    if isinstance(alias, str):
        yield alias
    elif isinstance(alias, list):
        for each in alias:
            yield from _spellings(each)


def _as_it_is(body: bytes) -> Any:
    return from_json(body, allow_inf_nan=False)


def _tidied(body: bytes) -> Any:
    return _tidy(_JSON.decode(body.decode()))


def _tidy(value: Any) -> Any:
    match value:
        case dict():
            return {name: _tidy(item) for name, item in value.items()}
        case list():
            return [_tidy(item) for item in value]
        case str():
            return whole(value[:TEXT_LIMIT])
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse)
