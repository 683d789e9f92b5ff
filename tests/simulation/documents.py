"""In-memory rows with versions, the few indexes that the core's queries use, and atomic commits."""

from __future__ import annotations

import operator
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from shared.models.document import Document
from shared.platform import effects
from shared.platform.store import AlreadyExists, Conflict, Where
from shared.platform.store.scope import scope

Fields = dict[str, Any]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda value, among: value in among,
    "array_contains": lambda value, member: isinstance(value, list) and member in value,
}
#: The outbox's query.
_OPEN = Where("open", "==", True)
#: The receipts' query.
_MEMBERS = "gateway_ids"
#: Fields that name the document to which another belongs.
_OWNERS = ("contact", "trigger")
#: Times by which work is due.
_TIMES = ("due_at", "plan_at", "silent_at")


@dataclass
class Row:
    path: str
    model: type[Document]
    fields: Fields
    version: int


@dataclass
class Write:
    """One write. `doc` receives its new version (None: deletion); a replace requires version `seen`."""

    how: str
    path: str
    doc: Document | None = None
    fields: Fields = field(default_factory=dict)
    seen: int | None = None

    @classmethod
    def of(cls, how: str, doc: Document) -> Write:
        return cls(how, doc.location(), doc, _in_utc(doc.model_dump()), doc.version)


@dataclass
class Read:
    """A transaction's read: the versions found by path, and a way to repeat the query."""

    seen: dict[str, int]
    again: Callable[[], dict[str, int]]


class Documents:
    """Stored rows with the indexes that the core's queries need. `on_write` is called with each new row."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self._commits = 0
        self._by_parent: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._by_collection: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._due: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._times: defaultdict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
        self._of: defaultdict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
        self._members: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._named: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self._open: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self.on_write: Callable[[Row], None] = lambda _: None

    def select(
        self, model: type[Document], keys: Mapping[str, str], where: Sequence[Where], order: str, limit: int
    ) -> list[Row]:
        parent, held = scope(model, keys)
        conditions = [*held, *where]
        if parent is None:
            paths = self._narrowest(model, conditions)
        else:
            paths = self._within(model, parent, conditions)
        found = [self.rows[path] for path in paths]
        for condition in conditions:
            found = [row for row in found if _meets(row.fields, condition)]
        ranged = [condition.field for condition in where if condition.op in ("<", "<=", ">", ">=")]
        name = order.removeprefix("-") or (ranged[0] if ranged else "")
        found.sort(key=lambda row: row.path, reverse=order.startswith("-"))
        if name:
            found.sort(key=lambda row: _sortable(_value(row.fields, name)), reverse=order.startswith("-"))
        return found[:limit]

    def commit(self, writes: Sequence[Write], reads: Sequence[Read]) -> bool:
        """Commits all writes or none; returns False if a read is outdated. Raises AlreadyExists, Conflict."""
        written = {write.path for write in writes}
        if not all(self._holds(read, written) for read in reads):
            return False
        there = {write.path: write.path in self.rows for write in writes}
        for write in writes:
            if write.how == "create" and there[write.path]:
                raise AlreadyExists
            row = self.rows.get(write.path)
            if write.how == "replace" and (row is None or row.version != write.seen):
                raise Conflict(write.path)
            there[write.path] = write.doc is not None
        self._commits += 1
        for write in writes:
            self._apply(write)
        return True

    def due(self, *collections: str) -> list[str]:
        """Returns the paths of the documents that still have work due."""
        return [path for collection in collections for path in self._due[collection]]

    def _holds(self, read: Read, written: set[str]) -> bool:
        """Whether the read still holds. As in the port, newer rows are missed if all found are written."""
        if read.seen and read.seen.keys() <= written:
            return all(
                path in self.rows and self.rows[path].version == seen for path, seen in read.seen.items()
            )
        return read.again() == read.seen

    def _apply(self, write: Write) -> None:
        effects.wrote(write.path)
        if before := self.rows.pop(write.path, None):
            for index in self._indexes(before):
                index.pop(write.path, None)
            for times, due in self._due_times(before):
                del times[bisect_left(times, (due, write.path))]
        if write.doc is None:
            return
        row = Row(write.path, type(write.doc), write.fields, self._commits)
        self.rows[write.path] = row
        for index in self._indexes(row):
            index[write.path] = None
        for times, due in self._due_times(row):
            insort(times, (due, write.path))
        write.doc.version = self._commits
        self.on_write(row)

    def _indexes(self, row: Row) -> Iterator[dict[str, None]]:
        """Yields all indexes that list this row."""
        parent, name = row.path.rsplit("/", 1)
        collection = row.model.collection()
        yield self._by_parent[parent]
        yield self._by_collection[collection]
        yield self._named[collection, name]
        if row.fields.get("open"):
            yield self._open[parent]
        if row.fields.get("due_at") is not None:
            yield self._due[collection]
        for name_of_owner in _OWNERS:
            if owner := row.fields.get(name_of_owner):
                yield self._of[collection, name_of_owner, owner]
        for member in row.fields.get(_MEMBERS, ()):
            yield self._members[collection, member]

    def _due_times(self, row: Row) -> Iterator[tuple[list[tuple[datetime, str]], datetime]]:
        """Yields the lists that order this row by a time, each with the time."""
        for name in _TIMES:
            if (due := row.fields.get(name)) is not None:
                yield self._times[row.model.collection(), name], due

    def _within(self, model: type[Document], parent: str, conditions: Sequence[Where]) -> Iterable[str]:
        if _OPEN in conditions:
            return self._open[parent]
        owned = self._owned(model, conditions)
        if owned is None:
            return self._by_parent[parent]
        return [path for path in owned if path.rpartition("/")[0] == parent]

    def _owned(self, model: type[Document], conditions: Iterable[Where]) -> Iterable[str] | None:
        """Returns the rows of one contact or trigger if a condition names one; the smallest such index."""
        owned = [
            self._of[model.collection(), name, value]
            for name, op, value in conditions
            if name in _OWNERS and op == "==" and name != model.keys()[-1]
        ]
        return min(owned, key=len, default=None)

    def _narrowest(self, model: type[Document], conditions: Sequence[Where]) -> Iterable[str]:
        collection = model.collection()
        for name, op, value in conditions:
            if op == "array_contains" and name == _MEMBERS:
                return self._members[collection, value]
            if name in _TIMES and op == "<=":
                times = self._times[collection, name]
                return [path for _, path in times[: bisect_right(times, value, key=itemgetter(0))]]
            if name == model.keys()[-1] and op == "==":
                return self._named[collection, value]
        owned = self._owned(model, conditions)
        return self._by_collection[collection] if owned is None else owned


def versions(rows: Iterable[Row]) -> dict[str, int]:
    return {row.path: row.version for row in rows}


def _meets(fields: Fields, condition: Where) -> bool:
    name, op, wanted = condition
    value = fields.get(name) if name in fields else _value(fields, name)
    if value is None:
        return op == "==" and wanted is None
    return bool(value == wanted if op == "==" else _COMPARE[op](value, wanted))


def _value(fields: Any, name: str) -> Any:
    for step in name.split("."):
        fields = fields.get(step) if isinstance(fields, dict) else None
    return fields


def _sortable(value: Any) -> tuple[bool, Any]:
    return (value is not None, value if value is not None else 0)


def _in_utc(fields: Fields) -> Fields:
    """Returns the fields with times in UTC, as Firestore does. `fields` share nothing with their document."""
    for name, value in fields.items():
        kind = type(value)
        if kind is datetime:
            if value.tzinfo is None:
                raise ValueError("a time without a zone cannot be stored")
            fields[name] = value if value.tzinfo is UTC else value.astimezone(UTC)
        elif kind is dict:
            _in_utc(value)
        elif kind is list:
            for item in value:
                if type(item) is dict:
                    _in_utc(item)
    return fields
