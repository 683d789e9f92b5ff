"""The store port: documents by model and keys. Adapters: `sqlite` (a laptop), `firestore` (the cloud).

The port has only operations of both adapters, which pass one contract suite (tests/contract/test_store.py).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from shared.models.document import Document

D = TypeVar("D", bound=Document)
T = TypeVar("T")

Operator = Literal["==", "<", "<=", ">", ">=", "in", "array_contains"]


class Where(NamedTuple):
    """One condition: a field by its dotted name (`lease.until`), an operator and a value."""

    field: str
    op: Operator
    value: Any


class AlreadyExists(Exception):
    """`create` found a document in its place."""


class Conflict(Exception):
    """`replace` found the document changed (or gone) since it was read."""


class Transaction(Protocol):
    """A transaction: reads first, then writes, which happen together when the work returns, or not at all.

    They happen only if every document that was read is unchanged. A query guards the documents it found, and,
    if it found none, that there is still none; it does not guard against more. Read only documents that you
    write here: guarding a document that is only read costs two calls more.
    """

    async def get(self, model: type[D], /, **keys: str) -> D | None: ...
    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]: ...
    def create(self, doc: Document) -> None: ...
    def put(self, doc: Document) -> None: ...
    def delete(self, doc: Document) -> None: ...


class Store(Protocol):
    """A store of documents with their tenant in every address.

    `keys` are the fields of the model's path. A query whose keys reach down to one collection asks that
    collection; with fewer keys it asks the collection group, filtered by the keys that were given. `order` is
    one field's name, with a leading `-` for descending; `limit` is never optional. If two models share a
    path, another model's document is absent: `get` returns None, and a query leaves it out after its limit
    (Document.read). Every result is a fresh copy: changing it does not change the store.
    """

    async def get(self, model: type[D], /, **keys: str) -> D | None: ...

    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]: ...

    async def count(self, model: type[Document], /, *, where: Sequence[Where] = (), **keys: str) -> int: ...

    async def nearest(
        self, model: type[D], /, *, field: str, vector: Sequence[float], limit: int, **keys: str
    ) -> list[tuple[D, float]]:
        """Returns the documents nearest to `vector` by cosine distance of `field`, nearest first."""
        ...

    async def create(self, doc: Document) -> None:
        """Creates a document. Raises AlreadyExists if it exists."""
        ...

    async def put(self, doc: Document) -> None: ...

    async def replace(self, doc: Document) -> None:
        """Writes a document that this store returned or wrote (also inside a transaction).

        Raises Conflict if it was written since.
        """
        ...

    async def delete(self, model: type[Document], /, **keys: str) -> None: ...

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Runs `work` until its reads still hold when its writes are committed.

        It may run several times, so it sends and publishes no message. Raises AlreadyExists as `create` does,
        and errors.Retry after the last attempt against contention.
        """
        ...
