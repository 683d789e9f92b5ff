"""The store port: documents by model and keys. Adapters: `sqlite` (a laptop), `firestore` (the cloud).

What an adapter cannot do is not in here. Both are held to one contract suite (tests/contract/test_store.py).
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
    """Reads first, then writes; the writes happen together when the work returns, or not at all.

    They happen only if every document that was read is still as it was read. A query answers for the
    documents it found, and, where it found none, for there still being none; not for others to come.
    Read in here what you write: guarding a document that is only read costs two calls more.
    """

    async def get(self, model: type[D], /, **keys: str) -> D | None: ...
    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]: ...
    def create(self, doc: Document) -> None: ...
    def put(self, doc: Document) -> None: ...
    def delete(self, doc: Document) -> None: ...


class Store(Protocol):
    """Documents with their tenant in every address.

    `keys` are the fields of the model's path. A query whose keys reach down to one collection asks that
    collection; with fewer keys it asks the collection group, filtered by the keys that were given.
    `order` is one field's name, with a leading `-` for descending; `limit` is never optional.
    Where two models share a path, another model's document is absent: `get` gives None, and a query leaves it
    out after its limit (Document.read).
    Every answer carries a fresh copy: changing it changes nothing in the store.
    """

    async def get(self, model: type[D], /, **keys: str) -> D | None: ...

    async def query(
        self, model: type[D], /, *, where: Sequence[Where] = (), order: str = "", limit: int, **keys: str
    ) -> list[D]: ...

    async def count(self, model: type[Document], /, *, where: Sequence[Where] = (), **keys: str) -> int: ...

    async def nearest(
        self, model: type[D], /, *, field: str, vector: Sequence[float], limit: int, **keys: str
    ) -> list[tuple[D, float]]:
        """The documents whose `field` (a list of floats) lies nearest by cosine distance, nearest first."""
        ...

    async def create(self, doc: Document) -> None:
        """Raises AlreadyExists where there is one."""
        ...

    async def put(self, doc: Document) -> None: ...

    async def replace(self, doc: Document) -> None:
        """Writes a document that this store returned or wrote (also inside a transaction), only if nobody
        has written it since. Raises Conflict otherwise."""
        ...

    async def delete(self, model: type[Document], /, **keys: str) -> None: ...

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Runs `work` until its reads still hold when its writes are committed: it may run several times,
        so it sends and publishes nothing. Raises AlreadyExists as `create` does, and errors.Retry after
        the last attempt against contention."""
        ...
