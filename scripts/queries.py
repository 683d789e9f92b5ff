"""The shapes of the code's queries, and the indexes that Firestore needs for them.

infra/queries.json lists the shapes that the test suite saw at the store's port (tests/recorded.py);
infra/firestore.yaml has the indexes. Rules: https://firebase.google.com/docs/firestore/query-data/index-overview
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

from scripts.yaml_file import ROOT
from shared.models.document import Document
from shared.platform.store import Where
from shared.platform.store.scope import scope

FILE = ROOT / "infra" / "queries.json"
_RANGES = ("<", "<=", ">", ">=")


class Shape(NamedTuple):
    """A query without its values.

    `group` is whether it asks all collections of that name; `equal` are the fields compared with `==` or
    `in`, `array` the one asked with `array_contains`, `order` the fields of its order, each with a leading
    `-` if descending (a field with a range comes first).
    """

    collection: str
    group: bool
    equal: tuple[str, ...]
    array: str
    order: tuple[str, ...]

    def __str__(self) -> str:
        kind = "all collections" if self.group else "one collection"
        contains = (f"{self.array} contains",) if self.array else ()
        asked = ", ".join((*(f"{name} =" for name in self.equal), *contains)) or "everything"
        by = f", by {', '.join(self.order)}" if self.order else ""
        return f"{self.collection} ({kind}): {asked}{by}"


def shape(
    model: type[Document], keys: Mapping[str, str], where: Sequence[Where], order: str = ""
) -> Shape | None:
    """Returns the shape of a query, or None if it asks a whole collection in no order."""
    parent, held = scope(model, keys)
    equal, array, ranged = set[str](), "", ""
    for field, op, _ in [*held, *where]:
        if op == "array_contains":
            array = field
        elif op in _RANGES:
            ranged = field
        else:
            equal.add(field)
    first = ranged if ranged and order.removeprefix("-") != ranged else ""
    ordered = tuple(name for name in (first, order) if name)
    if not (equal or array or ordered):
        return None
    return Shape(model.collection(), parent is None, tuple(sorted(equal)), array, ordered)


class Indexes:
    """The indexes of infra/firestore.yaml, and which of them serve a shape."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._composite = [_composite(index) for index in document["indexes"]]
        listed = {
            (entry["collection"], entry["path"]): {_single(index) for index in entry["indexes"]}
            for entry in document["fields"]
        }
        exempt = {(ttl["collection"], ttl["path"]): set[tuple[bool, str]]() for ttl in document["ttls"]}
        self._listed = exempt | listed

    def serving(self, asked: Shape) -> list[str] | None:
        """Returns the listed indexes that serve a query, [] if Firestore's own do, or None if none does."""
        wanted = frozenset(asked.equal) | ({f"{asked.array}[]"} if asked.array else set())
        if not asked.order or not wanted:
            singles = [*sorted(wanted), *asked.order]
            if len(asked.order) <= 1 and (found := self._singles(asked, singles)) is not None:
                return found
        fits = {
            each: equal
            for each in self._composite
            if (each.collection, each.group) == (asked.collection, asked.group)
            and (equal := each.equal(asked.order)) is not None
            and equal <= wanted
        }
        if not fits or frozenset(chain.from_iterable(fits.values())) != wanted:
            return None
        whole = [each for each, equal in fits.items() if equal == wanted]
        return [str(each) for each in whole[:1] or fits]  # Firestore merges indexes of one order

    def listed(self) -> Iterator[str]:
        """Yields every index of the file."""
        yield from (str(each) for each in self._composite)
        for (collection, path), singles in self._listed.items():
            yield from (_name(collection, path, *single) for single in sorted(singles))

    def _singles(self, asked: Shape, names: Iterable[str]) -> list[str] | None:
        """Returns the listed indexes of single fields that serve these; None if one has no index."""
        used = []
        for name in names:
            path = name.removeprefix("-").removesuffix("[]")
            kind = (
                "CONTAINS" if name.endswith("[]") else "DESCENDING" if name.startswith("-") else "ASCENDING"
            )
            listed = self._listed.get((asked.collection, path))
            if listed is None and not asked.group:
                continue  # Firestore's own
            if (asked.group, kind) not in (listed or ()):
                return None
            used.append(_name(asked.collection, path, asked.group, kind))
        return used


class _Composite(NamedTuple):
    collection: str
    group: bool
    fields: tuple[str, ...]

    def equal(self, order: tuple[str, ...]) -> frozenset[str] | None:
        """Returns the fields that it compares for a query of this order; None if it has another order."""
        before = len(self.fields) - len(order)
        return frozenset(self.fields[:before]) if self.fields[before:] == order else None

    def __str__(self) -> str:
        kind = "all collections" if self.group else "one collection"
        return f"{self.collection} ({kind}): {' '.join(self.fields)}"


def _composite(index: Mapping[str, Any]) -> _Composite:
    group = index["scope"] == "COLLECTION_GROUP"
    return _Composite(index["collection"], group, tuple(_path(field) for field in index["fields"]))


def _path(field: Mapping[str, str]) -> str:
    if "array" in field:
        return f"{field['path']}[]"
    return f"-{field['path']}" if field["order"] == "DESCENDING" else field["path"]


def _single(index: Mapping[str, str]) -> tuple[bool, str]:
    return index["scope"] == "COLLECTION_GROUP", index.get("order") or index["array"]


def _name(collection: str, path: str, group: bool, kind: str) -> str:
    return f"{collection}.{path} ({'all collections' if group else 'one collection'}, {kind})"


def breaches(shapes: Iterable[Shape], document: Mapping[str, Any]) -> list[str]:
    """Returns the queries without an index, and the indexes without a query."""
    indexes, used, found = Indexes(document), set[str](), []
    for asked in shapes:
        serving = indexes.serving(asked)
        if serving is None:
            found.append(f"no index serves the query: {asked}")
        used.update(serving or ())
    return found + [f"no query uses the index: {each}" for each in indexes.listed() if each not in used]


def load() -> list[Shape]:
    return [
        Shape(each["collection"], each["group"], tuple(each["equal"]), each["array"], tuple(each["order"]))
        for each in json.loads(FILE.read_text("utf-8"))
    ]


def write(shapes: Iterable[Shape]) -> None:
    lines = ",\n  ".join(json.dumps(each._asdict()) for each in sorted(shapes))
    FILE.write_text(f"[\n  {lines}\n]\n", "utf-8")
