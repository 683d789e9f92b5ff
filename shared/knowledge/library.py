"""A cache of one index per tenant, so that most questions cost no read.

An index is built at the first question. The knowledge is read again after two minutes, so that an
administrator's change soon takes effect, and is indexed again only if it has changed.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from shared.models.tenant import KnowledgeEntry
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction

if TYPE_CHECKING:
    from shared.embeddings.attempts import Attempts
    from shared.knowledge.index import Index

KEEP = timedelta(minutes=2)
ENTRIES = 2_000
TENANTS = 50
#: Most entries that one reading computes vectors of: 20 ms each.
_EMBEDDED = 40


@dataclass
class _Cached:
    """One tenant's index and its entries; `lock` lets one caller read and build while the others wait."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    entries: list[KnowledgeEntry] = field(default_factory=list)
    index: Index | None = None
    version: str = ""
    until: datetime | None = None


class Library:
    """The indexes of the TENANTS tenants that were asked for last."""

    def __init__(self, store: Store, clock: Clock, embedder: Attempts | None = None) -> None:
        self._store, self._clock, self._embedder = store, clock, embedder
        self._cache: OrderedDict[str, _Cached] = OrderedDict()
        self._building = asyncio.Lock()

    async def index(self, tenant: str) -> Index:
        """Returns the tenant's index, at most two minutes behind the store, empty if it has no knowledge.

        Raises the store's errors if the knowledge has to be read again.
        """
        cached = self._cache.setdefault(tenant, _Cached())
        self._cache.move_to_end(tenant)
        while len(self._cache) > TENANTS:
            self._cache.popitem(last=False)
        async with cached.lock:
            now = self._clock.now()
            if cached.index is not None and cached.until is not None and now < cached.until:
                return cached.index
            entries = await self._store.query(KnowledgeEntry, tenant=tenant, order="entry", limit=ENTRIES)
            if self._embedder is not None and self._embedder.loaded:
                await self._embed(entries, self._embedder)
            if cached.index is None or entries != cached.entries:
                cached.index = await self._build(entries)
                cached.version = await asyncio.to_thread(_version, entries)
                cached.entries = entries
            cached.until = now + KEEP
            return cached.index

    async def version(self, tenant: str) -> str:
        """Returns a digest of the knowledge's words, which changes with them, as `index` would find them."""
        await self.index(tenant)
        cached = self._cache.get(tenant)
        return cached.version if cached else ""

    async def _embed(self, entries: list[KnowledgeEntry], embedder: Attempts) -> None:
        """Computes and stores vectors that are missing or out of date, some at each reading.

        This is for entries that were changed in the console: scripts compute them before they write.
        """
        from shared.knowledge.vectors import embed, is_current

        stale = [entry for entry in entries if not is_current(entry, embedder.name)][:_EMBEDDED]
        for entry in await embed(stale, embedder):
            await self._store.transaction(partial(_keep, entry))

    async def _build(self, entries: list[KnowledgeEntry]) -> Index:
        """Builds one index at a time over all tenants: a build takes 15 MB of a small function's memory."""
        async with self._building:
            name = self._embedder.name if self._embedder else ""
            return await asyncio.to_thread(_index, entries, name)


async def _keep(entry: KnowledgeEntry, tx: Transaction) -> None:
    """Stores the entry's vectors unless its words have changed meanwhile."""
    stored = await tx.get(KnowledgeEntry, tenant=entry.tenant, entry=entry.entry)
    if stored is not None and stored.wordings == entry.wordings and stored.topic == entry.topic:
        stored.embedded = entry.embedded
        tx.put(stored)


def _version(entries: list[KnowledgeEntry]) -> str:
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(entry.model_dump_json(exclude={"embedded"}).encode())
    return digest.hexdigest()[:16]


def _index(entries: list[KnowledgeEntry], embedder: str) -> Index:
    """Builds the index; called in a thread, because thousands of entries would block other conversations.

    Imports tantivy here, so that functions without questions do not load it.
    """
    from shared.knowledge.index import Index

    return Index(entries, embedder)
