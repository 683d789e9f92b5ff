"""In-memory store: the port's semantics, with each access to the documents over a `Line` that may fail.

Held to the contract suite like every adapter, over a line that never fails.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from shared.errors import Retry
from shared.models.document import Document
from shared.platform import effects
from shared.platform.store import D, T, Where
from tests.simulation.documents import Documents, Read, Row, Write, versions

A = TypeVar("A")

_ATTEMPTS = 10


class Line(Protocol):
    """Link from one process to the documents. It may be slow, fail before or after, or end the process."""

    async def read(self, apply: Callable[[], A]) -> A: ...
    async def commit(self, apply: Callable[[], A]) -> A: ...
    def contended(self) -> bool:
        """Whether another writer interfered, as far as this transaction knows."""
        ...

    async def pause(self, attempt: int) -> None:
        """Waits between two attempts against contention."""
        ...


@dataclass
class MemoryStore:
    documents: Documents
    line: Line

    async def get(self, model: type[D], /, **keys: str) -> D | None:
        path = model.locate(**keys)
        row = await self.line.read(lambda: self.documents.rows.get(path))
        effects.read()
        return _document(model, row) if row else None

    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]:
        rows = await self.line.read(lambda: self.documents.select(model, keys, where, order, limit))
        effects.read(max(1, len(rows)))
        return _documents(model, rows)

    async def count(self, model: type[Document], /, *, where: Sequence[Where] = (), **keys: str) -> int:
        rows = await self.line.read(lambda: self.documents.select(model, keys, where, "", 1_000_000))
        effects.read()
        return len(rows)

    async def nearest(
        self, model: type[D], /, *, field: str, vector: Sequence[float], limit: int, **keys: str
    ) -> list[tuple[D, float]]:
        rows = await self.line.read(lambda: self.documents.select(model, keys, (), "", 1_000_000))
        docs = _documents(model, [row for row in rows if row.fields.get(field) is not None])
        found = [(doc, _cosine_distance(getattr(doc, field), vector)) for doc in docs]
        found.sort(key=lambda pair: pair[1])
        effects.read(max(1, len(found[:limit])))
        return found[:limit]

    async def create(self, doc: Document) -> None:
        await self._write(Write.of("create", doc))

    async def put(self, doc: Document) -> None:
        await self._write(Write.of("put", doc))

    async def replace(self, doc: Document) -> None:
        if doc.version is None:
            raise ValueError(f"this {type(doc).__name__} was neither read from the store nor written to it")
        await self._write(Write.of("replace", doc))

    async def delete(self, model: type[Document], /, **keys: str) -> None:
        await self._write(Write("delete", model.locate(**keys)))

    async def transaction(self, work: Callable[[MemoryTransaction], Awaitable[T]]) -> T:
        for attempt in range(_ATTEMPTS):
            transaction = MemoryTransaction(self)
            result = await work(transaction)
            if await transaction.commit():
                return result
            await self.line.pause(attempt)
        raise Retry("contention")

    async def _write(self, write: Write) -> None:
        await self.line.commit(lambda: self.documents.commit([write], []))


@dataclass
class MemoryTransaction:
    """An optimistic transaction: the commit checks that the versions found by its reads still hold."""

    store: MemoryStore
    reads: list[Read] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)

    async def get(self, model: type[D], /, **keys: str) -> D | None:
        path = model.locate(**keys)
        rows = self.store.documents.rows
        found = await self._read(lambda: [row] if (row := rows.get(path)) else [])
        return _document(model, found[0]) if found else None

    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]:
        documents = self.store.documents
        found = await self._read(lambda: documents.select(model, keys, where, order, limit))
        return _documents(model, found)

    def create(self, doc: Document) -> None:
        self.writes.append(Write.of("create", doc))

    def put(self, doc: Document) -> None:
        self.writes.append(Write.of("put", doc))

    def delete(self, doc: Document) -> None:
        self.writes.append(Write("delete", doc.location()))

    async def commit(self) -> bool:
        if not self.writes:
            return True
        if self.store.line.contended():
            return False
        return await self.store.line.commit(lambda: self.store.documents.commit(self.writes, self.reads))

    async def _read(self, select: Callable[[], list[Row]]) -> list[Row]:
        if self.writes:
            raise RuntimeError("a transaction reads first, then writes")

        found = await self.store.line.read(select)
        effects.read(max(1, len(found)))
        self.reads.append(Read(versions(found), lambda: versions(select())))
        return found


class GoodLine:
    """A link without faults and latency."""

    async def read(self, apply: Callable[[], A]) -> A:
        return apply()

    async def commit(self, apply: Callable[[], A]) -> A:
        return apply()

    def contended(self) -> bool:
        return False

    async def pause(self, attempt: int) -> None: ...


def _document(model: type[D], row: Row) -> D | None:
    doc = model.read(row.fields)
    if doc is not None:
        doc.version = row.version
    return doc


def _documents(model: type[D], rows: Sequence[Row]) -> list[D]:
    return [doc for row in rows if (doc := _document(model, row)) is not None]


def _cosine_distance(left: Sequence[float], right: Sequence[float]) -> float:
    product = sum(a * b for a, b in zip(left, right, strict=True))
    return 1 - product / (math.hypot(*left) * math.hypot(*right))
