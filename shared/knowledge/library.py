"""Keeps an index per tenant, so that a question costs no read: built from the store's knowledge when first
asked for. The knowledge is read again every two minutes, so that an administrator's change is soon in force;
what has not changed is not indexed again."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.models.tenant import KnowledgeEntry
from shared.platform.clock import Clock
from shared.platform.store import Store

if TYPE_CHECKING:
    from shared.knowledge.index import Index

KEEP = timedelta(minutes=2)
ENTRIES = 2_000
TENANTS = 50


@dataclass
class _Kept:
    """One tenant's index and what it was built from; the lock lets one caller read and build while the others
    wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    entries: list[KnowledgeEntry] = field(default_factory=list)
    index: Index | None = None
    until: datetime | None = None


class Library:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._building = asyncio.Lock()

    async def index(self, tenant: str) -> Index:
        """The tenant's index, at most two minutes behind the store; an empty one where there is no knowledge.
        Raises what the store raises where the knowledge has to be read again."""
        kept = self._kept.setdefault(tenant, _Kept())
        self._kept.move_to_end(tenant)
        while len(self._kept) > TENANTS:
            self._kept.popitem(last=False)
        async with kept.lock:
            now = self._clock.now()
            if kept.index is not None and kept.until is not None and now < kept.until:
                return kept.index
            entries = await self._store.query(KnowledgeEntry, tenant=tenant, order="entry", limit=ENTRIES)
            if kept.index is None or entries != kept.entries:
                kept.index = await self._build(entries)
                kept.entries = entries
            kept.until = now + KEEP
            return kept.index

    async def _build(self, entries: list[KnowledgeEntry]) -> Index:
        """One at a time, whatever the tenant: each takes 15 MB of a small function's memory meanwhile."""
        async with self._building:
            return await asyncio.to_thread(_index, entries)


def _index(entries: list[KnowledgeEntry]) -> Index:
    """In a thread: thousands of entries take time that other conversations should not wait for. tantivy is
    loaded with the first question, not on the way of a function that asks none."""
    from shared.knowledge.index import Index

    return Index(entries)
