"""Firestore's calls as the store needs them: with deadlines and counts, and its errors translated to ours.

The client is imported and built inside the first call: its gRPC channel belongs to the running loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.errors import Retry
from shared.models.document import Document
from shared.platform import effects
from shared.platform.store import AlreadyExists, Conflict, Where
from shared.platform.store.contention import Contention
from shared.platform.store.scope import scope

if TYPE_CHECKING:
    from google.cloud.firestore_v1 import AsyncClient, AsyncTransaction, DocumentSnapshot

    Snapshot = DocumentSnapshot[Any]

#: Deadline of one call with the library's own retries (which would go on for minutes).
_DEADLINE_S = 10.0


class Write(NamedTuple):
    """One write of a commit.

    `doc` receives its new version, None deletes; `only_if` is Firestore's precondition: `exists` or
    `update_time`, or empty.
    """

    path: str
    doc: Document | None
    body: Mapping[str, Any]
    only_if: Mapping[str, Any]

    @classmethod
    def of(cls, doc: Document, **only_if: Any) -> Write:
        return cls(doc.location(), doc, _body(doc), only_if)

    @classmethod
    def deletion(cls, path: str, **only_if: Any) -> Write:
        return cls(path, None, {}, only_if)


class Calls:
    """One client of one database. Results are the vendor's snapshots."""

    def __init__(self, project: str, database: str) -> None:
        self._project = project
        self._database = database
        self._opened: AsyncClient | None = None

    async def get(self, path: str, within: AsyncTransaction | None = None) -> list[Snapshot]:
        """Returns the document at this path, or an empty list."""
        async with _call():
            snapshot = await self._client().document(path).get(transaction=within)
        effects.read()
        return [snapshot] if snapshot.exists else []

    async def find(self, query: Any, within: AsyncTransaction | None = None) -> list[Snapshot]:
        """Returns the results of a query of `query()` with a limit."""
        async with _call():
            found = list(await query.get(transaction=within))
        effects.read(max(1, len(found)))
        return found

    async def count(self, query: Any) -> int:
        async with _call():
            answer = await query.count().get()
        effects.read()
        return int(answer[0][0].value)

    def query(self, model: type[Document], keys: Mapping[str, str], where: Sequence[Where]) -> Any:
        """Returns the vendor's query for the documents that meet every condition."""
        from google.cloud.firestore_v1.base_query import FieldFilter

        parent, held = scope(model, keys)
        client = self._client()
        query: Any = client.collection(parent) if parent else client.collection_group(model.collection())
        for field, op, value in [*held, *where]:
            query = query.where(filter=FieldFilter(field, op, value))
        return query

    async def commit(self, writes: Sequence[Write], within: AsyncTransaction | None = None) -> None:
        """Commits all of the writes, or none. Raises AlreadyExists or Conflict if a precondition failed.

        The request is the one that the library makes, but sent once: repeating a commit whose answer was lost
        would report our own write as a conflict. And the library has no way to write a whole document on
        condition of its update time, although Firestore does
        (https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#write).
        """
        from google.api_core.exceptions import FailedPrecondition, NotFound

        client = self._client()
        request = {
            "database": client._database_string,
            "writes": self._messages(writes),
            "transaction": None if within is None else within.id,  # an empty one is falsy
        }
        try:
            async with _call():
                answer = await client._firestore_api.commit(
                    request=request, metadata=client._rpc_metadata, retry=None, timeout=_DEADLINE_S
                )
        except (FailedPrecondition, NotFound):
            raise Conflict from None
        for write, result in zip(writes, answer.write_results, strict=True):
            effects.wrote(write.path)
            if write.doc is not None:
                write.doc.version = result.update_time

    @asynccontextmanager
    async def locking(self) -> AsyncIterator[AsyncTransaction]:
        """Opens Firestore's own transaction: documents read within it are locked until its commit."""
        from google.api_core.exceptions import GoogleAPICallError

        transaction = self._client().transaction()
        async with _call():
            await transaction._begin()
        try:
            yield transaction
        except BaseException:
            # Other clients wait for these locks, which would also expire by themselves.
            with suppress(GoogleAPICallError, TimeoutError):
                async with asyncio.timeout(_DEADLINE_S):
                    await transaction._rollback()
            raise

    async def close(self) -> None:
        """Closes the channel; the next call would open another."""
        if self._opened is not None:
            await self._opened._firestore_api.transport.close()
            self._opened = None

    def _client(self) -> AsyncClient:
        if self._opened is None:
            from google.cloud.firestore_v1 import AsyncClient

            self._opened = AsyncClient(project=self._project, database=self._database)
        return self._opened

    def _messages(self, writes: Sequence[Write]) -> list[Any]:
        from google.cloud.firestore_v1.types import Precondition

        client = self._client()
        batch = client.batch()
        for write in writes:
            if write.doc is None:
                batch.delete(client.document(write.path))
            else:
                batch.set(client.document(write.path), dict(write.body))
            if write.only_if:
                batch._write_pbs[-1].current_document = Precondition(**write.only_if)
        return list(batch._write_pbs)


def contents(snapshot: Snapshot) -> dict[str, Any]:
    """Returns a document's fields as plain Python values."""
    return {name: _plain(value) for name, value in (snapshot.to_dict() or {}).items()}


def _plain(value: Any) -> Any:
    """Returns a plain value: the vendor's classes of time and vector would spread with every copy."""
    from google.cloud.firestore_v1.vector import Vector

    match value:
        case datetime():
            return datetime.combine(value.date(), value.time(), value.tzinfo)
        case Vector():
            return list(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {name: _plain(item) for name, item in value.items()}
    return value


def _body(doc: Document) -> dict[str, Any]:
    from google.cloud.firestore_v1.vector import Vector

    body = doc.model_dump()
    return body | {name: Vector(body[name]) for name in doc.vectors if body[name] is not None}


@asynccontextmanager
async def _call() -> AsyncIterator[None]:
    """Runs one call with a deadline, and translates the vendor's errors.

    A message that names a document's path, so perhaps a person's number, is not passed on.
    """
    from google.api_core import exceptions as vendor

    try:
        async with asyncio.timeout(_DEADLINE_S):
            yield
    except TimeoutError as error:
        raise Retry("firestore_deadline") from error
    except vendor.Aborted as error:
        raise Contention("firestore_contention") from error
    except vendor.AlreadyExists:
        raise AlreadyExists from None
    except (
        vendor.ServiceUnavailable,
        vendor.DeadlineExceeded,
        vendor.ResourceExhausted,
        vendor.InternalServerError,
        vendor.RetryError,
    ) as error:
        raise Retry("firestore_unavailable") from error
