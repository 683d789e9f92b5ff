"""Queries as SQL over the JSON of a document's body.

Values are always parameters; only a field's name is written into a statement, after a check that it is made
of letters, underscores and dots.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shared.models.document import Document
from shared.platform.store import Where
from shared.platform.store.scope import scope

_FIELD = re.compile(r"[a-z_.]+\Z")
_RANGE = ("<", "<=", ">", ">=")
#: Firestore's own limit (https://firebase.google.com/docs/firestore/query-data/queries#limitations).
_MOST_ALTERNATIVES = 30


class Select(NamedTuple):
    """The part after `SELECT … FROM documents`, with its parameters."""

    sql: str
    values: list[Any]

    def then(self, sql: str, *values: Any) -> Select:
        return Select(f"{self.sql} {sql}", [*self.values, *values])


def one(path: str) -> Select:
    """Selects the document at this path."""
    return Select("WHERE path = ?", [path])


def select(model: type[Document], keys: Mapping[str, str], where: Sequence[Where]) -> Select:
    """Selects the documents of the collection, or of the group, that meet every condition."""
    parent, held = scope(model, keys)
    if parent:
        asked = Select("WHERE parent = ?", [parent])
    else:
        # Declared to match half of the rows, so that SQLite prefers a more selective index.
        asked = Select("WHERE likelihood(collection = ?, 0.5)", [model.collection()])
    for condition in [*held, *where]:
        asked = _narrowed(asked, condition)
    return asked


def ordered(asked: Select, where: Sequence[Where], order: str, limit: int) -> Select:
    """Orders as Firestore does: by the field named, else by the first one compared by size; then by path."""
    ranged = [condition.field for condition in where if condition.op in _RANGE]
    field, direction = order.removeprefix("-"), "DESC" if order.startswith("-") else "ASC"
    if not field and ranged:
        field = ranged[0]
    by = f"{_value(field)} {direction}, path {direction}" if field else "path"
    return asked.then(f"ORDER BY {by} LIMIT ?", limit)


def plain(value: Any) -> str:
    """Returns a time as text in UTC with microseconds, so that text and time have the same order.

    It is the `default` of `json.dumps`. Raises ValueError for a time without a zone.
    """
    if not isinstance(value, datetime):
        raise TypeError(f"a {type(value).__name__} cannot be stored")
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _narrowed(asked: Select, condition: Where) -> Select:
    field, op, value = condition
    if op == "in":
        if not 1 <= len(value) <= _MOST_ALTERNATIVES:
            raise ValueError(f"`in` takes 1 to {_MOST_ALTERNATIVES} values, not {len(value)}")
        members = "SELECT value FROM json_each(?)"
        return asked.then(f"AND {_value(field)} IN ({members})", _parameter(list(value)))
    if op == "array_contains":
        is_list = f"json_type(body, '{_path(field)}') = 'array'"
        members = f"SELECT value FROM json_each(body, '{_path(field)}')"  # noqa: S608 - a checked name
        if isinstance(value, str):
            asked = asked.then("AND path IN (SELECT path FROM members WHERE value = ?)", value)
        return asked.then(f"AND {is_list} AND ? IN ({members})", _parameter(value))
    if value is None and op == "==":
        return asked.then(f"AND json_type(body, '{_path(field)}') = 'null'")
    return asked.then(f"AND {_value(field)} {'=' if op == '==' else op} ?", _parameter(value))


def _value(field: str) -> str:
    return f"json_extract(body, '{_path(field)}')"


def _path(field: str) -> str:
    if not _FIELD.match(field):
        raise ValueError(f"{field!r} is no field's name")
    return f"$.{field}"


def _parameter(value: Any) -> Any:
    """Returns a value as `json_extract` would."""
    if isinstance(value, list):
        return json.dumps(value, default=plain)
    return plain(value) if isinstance(value, datetime) else value
