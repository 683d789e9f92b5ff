"""Passages for a turn from the pieces of the tenant's sources: in memory, or in the store's vector index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.answers import Asked
from shared.embeddings.attempts import Attempts
from shared.embeddings.by_tenant import Embedders
from shared.knowledge.passage import Passage
from shared.knowledge.piece_library import PieceLibrary, Shelf
from shared.models.source import SourcePiece
from shared.platform.store import Store

if TYPE_CHECKING:
    from shared.embeddings import Vectors

#: Pieces that the store finds, of which the best are chosen as among those in memory.
_NEAREST = 20


class Sourced:
    def __init__(self, library: PieceLibrary, store: Store, embedders: Embedders) -> None:
        self._library, self._store, self._embedders = library, store, embedders

    async def passages(self, asked: Asked, said: str, limit: int, *, sure: bool = False) -> list[Passage]:
        """Returns the passages for a question, best first; [] for a tenant without sources.

        If the entries are `sure` to hold the answer, no embedder is loaded for it.
        """
        shelf, embedder = await self._shelf(asked)
        if shelf.index is None and not shelf.in_store:
            return []
        vectors = await self._vectors(asked, said, shelf, None if sure else embedder)
        language, found = asked.words.language, list[Passage]()
        if shelf.index is not None:
            found = shelf.index.search(said, language, limit, vectors)
        if shelf.in_store and vectors is not None and embedder is not None:
            found += await self._nearest(asked, said, shelf, vectors, embedder.name)
        return sorted(found, key=lambda passage: -passage.confidence)[:limit]

    async def passage(self, asked: Asked, piece: str) -> Passage | None:
        """Returns the piece with this id as a certain passage, or None if it is gone."""
        shelf, _ = await self._shelf(asked)
        if shelf.index is not None and (found := shelf.index.passage(piece)):
            return found
        if not shelf.in_store:
            return None
        stored = await self._store.get(SourcePiece, tenant=asked.tenant.tenant, piece=piece)
        return _certain(stored) if stored and stored.source in shelf.in_store else None

    async def knows(self, asked: Asked, name: str) -> bool:
        """Whether a piece in memory has all words of a name; of others it cannot be told, so they may."""
        shelf, _ = await self._shelf(asked)
        return bool(shelf.in_store) or (shelf.index is not None and shelf.index.knows(name))

    async def version(self, asked: Asked) -> str:
        """Returns a word that changes whenever a piece of the tenant does."""
        shelf, _ = await self._shelf(asked)
        return shelf.version

    async def _shelf(self, asked: Asked) -> tuple[Shelf, Attempts | None]:
        embedder = self._embedders.of(asked.tenant)
        return await self._library.shelf(asked.tenant.tenant, embedder.name if embedder else ""), embedder

    async def _vectors(
        self, asked: Asked, said: str, shelf: Shelf, embedder: Attempts | None
    ) -> Vectors | None:
        from shared.knowledge.piece_index import texts

        wanted = shelf.in_store or (shelf.index is not None and shelf.index.has_vectors)
        if embedder is None or not wanted:
            return None
        return await embedder.embed(texts(said, asked.words.language))

    async def _nearest(
        self, asked: Asked, said: str, shelf: Shelf, vectors: Vectors, embedder: str
    ) -> list[Passage]:
        """Returns the passages among the pieces that the store finds for the whole question."""
        from shared.knowledge.piece_index import PieceIndex

        near = await self._store.nearest(
            SourcePiece,
            field="vector",
            vector=[float(number) for number in vectors[0]],
            limit=_NEAREST,
            tenant=asked.tenant.tenant,
        )
        pieces = [piece for piece, _ in near if piece.source in shelf.in_store]
        return PieceIndex(pieces, embedder).search(said, asked.words.language, _NEAREST, vectors)


def _certain(piece: SourcePiece) -> Passage:
    from shared.knowledge.piece_index import as_passage

    return as_passage(piece, 1.0)
