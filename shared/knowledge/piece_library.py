"""A cache of the pieces of tenants' sources, as the library of entries is one (library.py).

The sources are read again after two minutes; the pieces only of those that have changed since.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from shared.knowledge.library import KEEP, TENANTS, Library
from shared.models.source import SOURCES, Source, SourcePiece
from shared.models.tenant import KnowledgeEntry
from shared.platform.clock import Clock
from shared.platform.store import Store, Where

if TYPE_CHECKING:
    from shared.knowledge.piece_index import PieceIndex

#: The most pieces of a source that are read, and pieces of all tenants in memory.
PIECES, ALL_PIECES = 3_000, 12_000
#: The most entries that compete with the pieces.
COMPETITORS = 500


@dataclass(frozen=True)
class Shelf:
    """The pieces of a tenant: those in memory with their index, None without any; and the names of the
    sources that the store searches. `version` changes with any of them."""

    index: PieceIndex | None = None
    in_store: frozenset[str] = frozenset()
    version: str = ""


@dataclass
class _Cached:
    """One tenant's shelf; `revisions` and `pieces` are by source."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    shelf: Shelf = Shelf()
    revisions: dict[str, int] = field(default_factory=dict)
    pieces: dict[str, list[SourcePiece]] = field(default_factory=dict)
    embedder: str = ""
    until: datetime | None = None

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces.values()))


class PieceLibrary:
    """The shelves of the tenants that were asked for last."""

    def __init__(self, store: Store, clock: Clock, library: Library) -> None:
        self._store, self._clock, self._library = store, clock, library
        self._cache: OrderedDict[str, _Cached] = OrderedDict()
        self._building = asyncio.Lock()

    async def shelf(self, tenant: str, embedder: str) -> Shelf:
        """Returns the tenant's shelf, at most two minutes behind the store; `embedder` is the name of the
        embedder of its pieces. Raises the store's errors if it has to be read again."""
        cached = self._cache.setdefault(tenant, _Cached())
        self._cache.move_to_end(tenant)
        async with cached.lock:
            now = self._clock.now()
            if cached.until is None or now >= cached.until or cached.embedder != embedder:
                await self._read(cached, tenant, embedder)
                cached.until = now + KEEP
                self._forget_oldest()
            return cached.shelf

    def _forget_oldest(self) -> None:
        while len(self._cache) > TENANTS or (
            len(self._cache) > 1 and sum(each.size for each in self._cache.values()) > ALL_PIECES
        ):
            self._cache.popitem(last=False)

    async def _read(self, cached: _Cached, tenant: str, embedder: str) -> None:
        sources = await self._store.query(Source, limit=SOURCES, tenant=tenant)
        there = [each for each in sources if each.pieces and not each.dropped]
        held = {each.source: each.revision for each in there if not each.in_store}
        changed = [name for name, revision in held.items() if cached.revisions.get(name) != revision]
        in_store = frozenset(each.source for each in there if each.in_store)
        index = cached.shelf.index
        if changed or held.keys() != cached.pieces.keys() or cached.embedder != embedder:
            read = {name: await self._pieces(tenant, name) for name in changed}
            cached.pieces = {name: read[name] if name in read else cached.pieces[name] for name in held}
            index = await self._build(tenant, [*cached.pieces.values()], embedder)
            cached.revisions, cached.embedder = held, embedder
        shelf = Shelf(index, in_store, _version(there))
        if shelf != cached.shelf:
            cached.shelf = shelf

    async def _pieces(self, tenant: str, source: str) -> list[SourcePiece]:
        where = [Where("source", "==", source)]
        found = await self._store.query(SourcePiece, where=where, limit=PIECES, tenant=tenant)
        return sorted(found, key=lambda piece: piece.piece)

    async def _build(self, tenant: str, pieces: list[list[SourcePiece]], embedder: str) -> PieceIndex | None:
        """Builds one index at a time over all tenants, in a thread."""
        together = [piece for each in pieces for piece in each]
        if not together:
            return None
        entries = (await self._library.index(tenant)).entries[:COMPETITORS]
        async with self._building:
            return await asyncio.to_thread(_index, together, embedder, entries)


def _version(sources: Sequence[Source]) -> str:
    revisions = sorted(f"{each.source}={each.revision}" for each in sources)
    return hashlib.sha256(" ".join(revisions).encode()).hexdigest()[:16]


def _index(pieces: list[SourcePiece], embedder: str, entries: Sequence[KnowledgeEntry]) -> PieceIndex:
    from shared.knowledge.piece_index import PieceIndex

    return PieceIndex(pieces, embedder, entries)
