"""The store in one SQLite file: the embedded default of a laptop, shared by several processes.

Each call takes far less than a millisecond, so it runs on the event loop. A connection belongs to the thread
of the first call. Bodies are JSON with each time in UTC in one format, so that times compare as strings.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pydantic_core import from_json

from shared.errors import Retry
from shared.models.document import Document
from shared.platform import effects
from shared.platform.store import AlreadyExists, Conflict, D, T, Where
from shared.platform.store.contention import Contention, until_it_holds
from shared.platform.store.sql import Select, one, ordered, plain, select
from shared.platform.store.sql_schema import SCHEMA

_CREATE = "INSERT INTO documents VALUES (:path, :parent, :collection, :body, :version)"
_PUT = _CREATE + " ON CONFLICT (path) DO UPDATE SET body = excluded.body, version = excluded.version"
_REPLACE = "UPDATE documents SET body = :body, version = :version WHERE path = :path AND version = :seen"
_DELETE = "DELETE FROM documents WHERE path = :path"

#: Errors that end with another process's work, or with more room on the disk
#: (https://www.sqlite.org/rescode.html).
_PASSING = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL}
    | {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
)
#: How long (s) one process waits for another's commit.
_BUSY_S = 5.0


class _Row(NamedTuple):
    path: str
    version: int
    body: str


class _Write(NamedTuple):
    """One statement of a commit, and the document that receives its new version."""

    statement: str
    values: dict[str, Any]
    doc: Document | None

    @classmethod
    def of(cls, statement: str, doc: Document) -> _Write:
        path = doc.location()
        values = {
            "path": path,
            "parent": path.rsplit("/", 1)[0],
            "collection": doc.collection(),
            "body": _json(doc),
            "seen": doc.version,
        }
        return cls(statement, values, doc)

    @classmethod
    def deletion(cls, path: str) -> _Write:
        return cls(_DELETE, {"path": path}, None)


class SqliteStore:
    """The store in the file `path`; the file and its folder are created if missing."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._connection: sqlite3.Connection | None = None

    async def get(self, model: type[D], /, **keys: str) -> D | None:
        rows = self._read(one(model.locate(**keys)))
        return _document(model, rows[0]) if rows else None

    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]:
        rows = self._read(ordered(select(model, keys, where), where, order, limit))
        return _documents(model, rows)

    async def count(self, model: type[Document], /, *, where: Sequence[Where] = (), **keys: str) -> int:
        asked = select(model, keys, where)
        with _translated():
            found = self.open().execute(f"SELECT count(*) FROM documents {asked.sql}", asked.values)  # noqa: S608
            effects.read()
            return int(found.fetchone()[0])

    async def nearest(
        self, model: type[D], /, *, field: str, vector: Sequence[float], limit: int, **keys: str
    ) -> list[tuple[D, float]]:
        docs = _documents(model, self._rows(select(model, keys, ())))
        distances = [(doc, _cosine_distance(getattr(doc, field), vector)) for doc in docs]
        found = [(doc, distance) for doc, distance in distances if distance is not None]
        found.sort(key=lambda pair: pair[1])
        effects.read(max(1, len(found[:limit])))
        return found[:limit]

    async def create(self, doc: Document) -> None:
        self._commit([_Write.of(_CREATE, doc)])

    async def put(self, doc: Document) -> None:
        self._commit([_Write.of(_PUT, doc)])

    async def replace(self, doc: Document) -> None:
        if doc.version is None:
            raise ValueError(f"this {type(doc).__name__} was neither read from the store nor written to it")
        self._commit([_Write.of(_REPLACE, doc)])

    async def delete(self, model: type[Document], /, **keys: str) -> None:
        self._commit([_Write.deletion(model.locate(**keys))])

    async def transaction(self, work: Callable[[SqliteTransaction], Awaitable[T]]) -> T:
        async def attempt() -> T:
            transaction = SqliteTransaction(self)
            result = await work(transaction)
            transaction.commit()
            return result

        return await until_it_holds(attempt)

    def close(self) -> None:
        """Closes the file; the next call opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def open(self) -> sqlite3.Connection:
        """Returns the connection, opened by the first call. Raises sqlite3.DatabaseError if that fails."""
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
            self._connection = connection
        return self._connection

    def _rows(self, asked: Select) -> list[_Row]:
        with _translated():
            statement = f"SELECT path, version, body FROM documents {asked.sql}"  # noqa: S608 - see sql.py
            return [_Row(*row) for row in self.open().execute(statement, asked.values)]

    def _read(self, asked: Select) -> list[_Row]:
        rows = self._rows(asked)
        effects.read(max(1, len(rows)))
        return rows

    def _commit(self, writes: Sequence[_Write], still_holds: Callable[[], bool] = lambda: True) -> None:
        """Commits all writes or none. Raises Contention if `still_holds` is false under the write lock."""
        with _translated(), _exclusive(self.open()) as connection:
            if not still_holds():
                raise Contention("sqlite_contention")
            (version,) = connection.execute(
                "UPDATE commits SET number = number + 1 RETURNING number"
            ).fetchone()
            for write in writes:
                done = connection.execute(write.statement, {**write.values, "version": version})
                if write.statement is _REPLACE and done.rowcount == 0:
                    raise Conflict(type(write.doc).__name__)
        for write in writes:
            effects.wrote(write.values["path"])
            if write.doc is not None:
                write.doc.version = version


class SqliteTransaction:
    """An optimistic transaction: a read notes its versions, and the commit checks that they are unchanged."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._reads: list[tuple[Select, list[tuple[str, int]]]] = []
        self._writes: list[_Write] = []

    async def get(self, model: type[D], /, **keys: str) -> D | None:
        rows = self._read(one(model.locate(**keys)))
        return _document(model, rows[0]) if rows else None

    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]:
        rows = self._read(ordered(select(model, keys, where), where, order, limit))
        return _documents(model, rows)

    def create(self, doc: Document) -> None:
        self._writes.append(_Write.of(_CREATE, doc))

    def put(self, doc: Document) -> None:
        self._writes.append(_Write.of(_PUT, doc))

    def delete(self, doc: Document) -> None:
        self._writes.append(_Write.deletion(doc.location()))

    def commit(self) -> None:
        if self._writes:
            self._store._commit(self._writes, self._still_holds)

    def _read(self, asked: Select) -> list[_Row]:
        if self._writes:
            raise RuntimeError("a transaction reads first, then writes")
        rows = self._store._read(asked)
        self._reads.append((asked, _versions(rows)))
        return rows

    def _still_holds(self) -> bool:
        return all(_versions(self._store._rows(asked)) == found for asked, found in self._reads)


@contextmanager
def _exclusive(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk ends it by itself
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError:
        raise AlreadyExists from None
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in _PASSING:
            raise Retry(error.sqlite_errorname.lower()) from error
        raise


def _document(model: type[D], row: _Row) -> D | None:
    doc = model.read(from_json(row.body))
    if doc is not None:
        doc.version = row.version
    return doc


def _documents(model: type[D], rows: Sequence[_Row]) -> list[D]:
    return [doc for row in rows if (doc := _document(model, row)) is not None]


def _versions(rows: Sequence[_Row]) -> list[tuple[str, int]]:
    return [(row.path, row.version) for row in rows]


def _json(doc: Document) -> str:
    return json.dumps(doc.model_dump(), default=plain, ensure_ascii=False)


def _cosine_distance(left: Sequence[float] | None, right: Sequence[float]) -> float | None:
    """Returns 1 minus the cosine of their angle (0…2), or None without an angle: Firestore omits these."""
    if left is None or len(left) != len(right):
        return None
    lengths = math.hypot(*left) * math.hypot(*right)
    return 1 - sum(map(float.__mul__, map(float, left), map(float, right))) / lengths if lengths else None
