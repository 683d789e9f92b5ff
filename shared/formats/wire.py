"""JSON from outside: tidied while it is read, checked against a model, and refused by the name of a field."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
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
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join([at, *(str(step) for step in first["loc"])])
        raise Rejected(400, f"{field}: {first['msg']}") from None


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
