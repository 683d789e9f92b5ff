"""The store on Firestore: production, or Google's emulator if FIRESTORE_EMULATOR_HOST names one.

Documents are plain maps with native timestamps, readable in the console.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from shared.models.document import Document
from shared.platform.store import AlreadyExists, Conflict, D, T, Where
from shared.platform.store.contention import Contention, until_it_holds
from shared.platform.store.firestore_calls import Calls, Write, contents

if TYPE_CHECKING:
    from google.cloud.firestore_v1 import AsyncTransaction

    from shared.platform.store.firestore_calls import Snapshot

#: The field for a vector query's distance; no model has such a field.
_DISTANCE = "vector_distance"


class FirestoreStore:
    """The store in one Firestore database; `project` and `database` as Google Cloud names them."""

    def __init__(self, project: str, database: str = "(default)") -> None:
        self._calls = Calls(project, database)

    async def get(self, model: type[D], /, **keys: str) -> D | None:
        found = await self._calls.get(model.locate(**keys))
        return _document(model, found[0]) if found else None

    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]:
        found = await self._calls.find(_ordered(self._calls.query(model, keys, where), order).limit(limit))
        return _documents(model, found)

    async def count(self, model: type[Document], /, *, where: Sequence[Where] = (), **keys: str) -> int:
        return await self._calls.count(self._calls.query(model, keys, where))

    async def nearest(
        self, model: type[D], /, *, field: str, vector: Sequence[float], limit: int, **keys: str
    ) -> list[tuple[D, float]]:
        from google.cloud.firestore_v1.base_vector_query import DistanceMeasure
        from google.cloud.firestore_v1.vector import Vector

        query = self._calls.query(model, keys, ()).find_nearest(
            field, Vector(vector), limit, DistanceMeasure.COSINE, distance_result_field=_DISTANCE
        )
        found = await self._calls.find(query)
        documents = ((_document(model, snapshot), snapshot) for snapshot in found)
        return [(doc, float(snapshot.get(_DISTANCE))) for doc, snapshot in documents if doc is not None]

    async def create(self, doc: Document) -> None:
        await self._calls.commit([Write.of(doc, exists=False)])

    async def put(self, doc: Document) -> None:
        await self._calls.commit([Write.of(doc)])

    async def replace(self, doc: Document) -> None:
        if doc.version is None:
            raise ValueError(f"this {type(doc).__name__} was neither read from the store nor written to it")
        await self._calls.commit([Write.of(doc, update_time=doc.version)])

    async def delete(self, model: type[Document], /, **keys: str) -> None:
        await self._calls.commit([Write.deletion(model.locate(**keys))])

    async def transaction(self, work: Callable[[FirestoreTransaction], Awaitable[T]]) -> T:
        async def attempt() -> T:
            transaction = FirestoreTransaction(self._calls)
            result = await work(transaction)
            await transaction.commit()
            return result

        return await until_it_holds(attempt)

    async def close(self) -> None:
        await self._calls.close()


class _Ask(Protocol):
    async def __call__(self, within: AsyncTransaction | None = None) -> list[Snapshot]: ...


class _Read(NamedTuple):
    """A read and the versions it found. `path` is the one document asked for, None for a query."""

    path: str | None
    ask: _Ask
    found: dict[str, Any]


class FirestoreTransaction:
    """An optimistic transaction: reads take no lock, and the commit has their versions as preconditions.

    Firestore's own transactions lock the documents read for as long as the work takes, and two that read the
    same document before they write it wait for each other until one is aborted. This way a conflict is known
    at once, and the usual commit is one call. Only documents that are read and not written (or found by a
    query) are read once more, within a transaction of Firestore's own that lasts two calls.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._reads: list[_Read] = []
        self._writes: dict[str, Write] = {}

    async def get(self, model: type[D], /, **keys: str) -> D | None:
        path = model.locate(**keys)
        found = await self._read(path, partial(self._calls.get, path))
        return _document(model, found[0]) if found else None

    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]:
        query = _ordered(self._calls.query(model, keys, where), order).limit(limit)
        found = await self._read(None, partial(self._calls.find, query))
        return _documents(model, found)

    def create(self, doc: Document) -> None:
        earlier = self._writes.get(doc.location())
        if earlier and earlier.doc:
            raise AlreadyExists(type(doc).__name__)
        self._write(Write.of(doc, **({} if earlier else {"exists": False})))

    def put(self, doc: Document) -> None:
        self._write(Write.of(doc, **self._as_read(doc.location())))

    def delete(self, doc: Document) -> None:
        self._write(Write.deletion(doc.location(), **self._as_read(doc.location())))

    async def commit(self) -> None:
        unguarded = [read for read in self._reads if not self._guarded(read)]
        if not self._writes:
            return
        try:
            if unguarded:
                await self._commit_with(unguarded)
            else:
                await self._calls.commit(list(self._writes.values()))
        except Conflict:
            raise Contention("firestore_contention") from None
        except AlreadyExists:
            await self._raise_if_something_appeared()
            raise

    def _guarded(self, read: _Read) -> bool:
        """Whether the writes' own preconditions cover the read."""
        paths = {read.path} if read.path else set(read.found)
        return bool(paths) and paths <= set(self._writes)

    async def _commit_with(self, unguarded: Sequence[_Read]) -> None:
        async with self._calls.locking() as transaction:
            for read in unguarded:
                if _versions(await read.ask(transaction)) != read.found:
                    raise Contention("firestore_contention")
            await self._calls.commit(list(self._writes.values()), transaction)

    async def _raise_if_something_appeared(self) -> None:
        """Raises Contention if a document that was read as absent exists now.

        If a created document was not read before, AlreadyExists stays the caller's.
        """
        for read in self._reads:
            if not read.found and await read.ask():
                raise Contention("firestore_contention") from None

    async def _read(self, path: str | None, ask: _Ask) -> list[Snapshot]:
        if self._writes:
            raise RuntimeError("a transaction reads first, then writes")
        found = await ask()
        self._reads.append(_Read(path, ask, _versions(found)))
        return found

    def _write(self, write: Write) -> None:
        """Adds a write: the last one of a document counts, on the condition of the first."""
        if earlier := self._writes.get(write.path):
            write = write._replace(only_if=earlier.only_if)
        self._writes[write.path] = write

    def _as_read(self, path: str) -> dict[str, Any]:
        for read in self._reads:
            if path in read.found:
                return {"update_time": read.found[path]}
            if path == read.path:
                return {"exists": False}
        return {}


def _ordered(query: Any, order: str) -> Any:
    if not order:
        return query
    direction = "DESCENDING" if order.startswith("-") else "ASCENDING"
    return query.order_by(order.removeprefix("-"), direction=direction)


def _document(model: type[D], snapshot: Snapshot) -> D | None:
    doc = model.read(contents(snapshot))
    if doc is not None:
        doc.version = snapshot.update_time
    return doc


def _documents(model: type[D], snapshots: Sequence[Snapshot]) -> list[D]:
    return [doc for snapshot in snapshots if (doc := _document(model, snapshot)) is not None]


def _versions(found: Sequence[Snapshot]) -> dict[str, Any]:
    return {snapshot.reference.path: snapshot.update_time for snapshot in found}
