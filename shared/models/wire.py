"""JSON from outside: tidied while it is read, checked against a model, and refused by the name of a field."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from shared.errors import Rejected

TEXT_LIMIT = 20_000
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Wire(BaseModel):
    """The part of a foreign format that we read. A field of another type than ours is refused, a stranger
    passes; the nulls are gone before, so a default stands for both a null and an absent field."""

    model_config = ConfigDict(strict=True)


M = TypeVar("M", bound=BaseModel)


def loads(body: bytes) -> Any:
    """The JSON in `body`, None where it is none. Nulls in objects are left out, halves of emoji (JavaScript
    cuts them) become `?`, and texts end at TEXT_LIMIT characters."""
    try:
        text = body.decode()
        value = _JSON.decode(text)
        # Half an emoji can only be an escape, and no text is longer than the body: most have nothing to tidy.
        return _tidy(value) if len(text) > TEXT_LIMIT or _SURROGATE.search(text) else value
    except (ValueError, RecursionError):
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
    found = inside(source, *path)
    return found.strip() if isinstance(found, str) else ""


def label(word: str) -> str:
    """A word of theirs, fit for a log: short, lower case, nothing but letters, digits, `.`, `_` and `-`."""
    return re.sub(r"[^a-z0-9._-]", "_", word.lower()[:60])


def _without_nulls(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {name: value for name, value in pairs if value is not None}


def _tidy(value: Any) -> Any:
    match value:
        case dict():
            return {name: _tidy(item) for name, item in value.items()}
        case list():
            return [_tidy(item) for item in value]
        case str():
            return value[:TEXT_LIMIT].encode(errors="replace").decode()
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_JSON = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=_without_nulls)
