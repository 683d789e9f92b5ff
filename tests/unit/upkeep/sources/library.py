"""A tenant with a scripted source, its store and blobs, and an embedder that counts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.embeddings import Embedder
from shared.embeddings.by_tenant import Embedders
from shared.errors import Retry
from shared.formats.files import Unreadable
from shared.knowledge.reading import Block
from shared.models.source import Source, SourcePiece
from shared.models.tenant import Tenant
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.store.sqlite import SqliteStore
from shared.sources import Broken, Connection, Content, Fetcher, Item, Known, Listing
from shared.tenants.directory import Directory
from shared.upkeep.sources.refresh import Refresh
from tests.world import CountedIds, ManualClock

if TYPE_CHECKING:
    from shared.embeddings import Vectors

DIMENSIONS = 8


class CountingEmbedder:
    """Makes vectors of digests; `texts` are those it embedded. It fails while `down`."""

    loaded = True

    def __init__(self, name: str = "counting") -> None:
        self.name = name
        self.texts: list[str] = []
        self.down = False

    async def embed(self, texts: Sequence[str]) -> Vectors:
        if self.down:
            raise Retry("embedder_down")
        self.texts += texts
        rows = [list(hashlib.sha256(f"{self.name}{text}".encode()).digest()[:DIMENSIONS]) for text in texts]
        vectors = np.array(rows, dtype=np.float32) - 128
        normalised: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised


class Shelves:
    """The vendor of the scripted source: texts by item, whose faults a test sets. `loaded` are the items that
    were loaded."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.marks: dict[str, str] = {}
        self.broken: Broken | None = None
        self.item_broken: dict[str, Exception] = {}
        self.loaded: list[str] = []
        self.cursors: list[str] = []

    async def look(self, known: Known, /) -> Listing:
        self.cursors.append(known.cursor)
        await asyncio.sleep(0.01)
        if self.broken:
            raise self.broken
        items = [self._item(name) for name in self.texts]
        cursor = hashlib.sha256(repr([item.mark for item in items]).encode()).hexdigest()[:8]
        return Listing(None if known.cursor == cursor else items, cursor)

    def _item(self, name: str) -> Item:
        async def load() -> Content:
            if name in self.item_broken:
                raise self.item_broken[name]
            self.loaded.append(name)
            return Content(self.texts[name].encode())

        mark = self.marks.get(name) or hashlib.sha256(self.texts[name].encode()).hexdigest()[:8]
        return Item(name, name, mark, load)


async def read(data: bytes, name: str, _: str) -> Sequence[Block]:
    """Reads paragraphs without a process of its own; `#BAD` is a broken file."""
    text = data.decode()
    if text.startswith("#BAD"):
        raise Unreadable("is broken: open it and save it anew")
    return [Block((f"Part {n}",), each) for n, each in enumerate(text.split("\n\n"))]


class World:
    def __init__(self, folder: Path) -> None:
        self.store, self.clock, self.ids = SqliteStore(folder / "store.db"), ManualClock(), CountedIds()
        self.blobs = ObjectStoreBlobs(f"folder:{folder / 'media'}")
        self.shelves, self.embedder = Shelves(), CountingEmbedder()
        self.tenant = Tenant(tenant="hotel", name="Hotel", languages=["en", "fr"])

    async def begin(self, *sources: str) -> None:
        await self.store.put(self.tenant)
        for name in sources or ("guide",):
            await self.store.put(Source(tenant="hotel", source=name, kind="drive", title="Guide"))

    def source(self, kind: str, connection: Connection) -> Fetcher:
        return self.shelves

    def refresh(self, embedder: Embedder | None = None, **others: Any) -> Refresh:
        directory = Directory(self.store, None, None, self.clock, self)  # type: ignore[arg-type]
        embedders = Embedders(embedder or self.embedder, self.clock)
        given = {"read": read, **others}
        return Refresh(self.store, self.clock, self.ids, directory, self.blobs, embedders, **given)

    async def run(self, source: str = "guide", **others: Any) -> Source:
        found = await self.refresh(**others).run("hotel", source)
        assert found is not None
        return found

    async def stored(self) -> Source:
        found = await self.store.get(Source, tenant="hotel", source="guide")
        assert found is not None
        return found

    async def pieces(self) -> list[SourcePiece]:
        return await self.store.query(SourcePiece, limit=1_000, tenant="hotel", order="piece")

    async def texts(self) -> list[str]:
        return sorted(piece.text for piece in await self.pieces())
