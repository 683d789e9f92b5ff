"""Keeps an index per tenant, so that a question costs no read: built from the store's knowledge when first
asked for, and again when it is two minutes old, so that an administrator's change is soon in force."""

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
    """One tenant's index; the lock lets one caller build it while the others wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    index: Index | None = None
    until: datetime | None = None


class Library:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def index(self, tenant: str) -> Index:
        """The tenant's index, at most two minutes old; an empty one where there is no knowledge.
        Raises what the store raises where it has to be built anew."""
        kept = self._kept.setdefault(tenant, _Kept())
        self._kept.move_to_end(tenant)
        while len(self._kept) > TENANTS:
            self._kept.popitem(last=False)
        async with kept.lock:
            now = self._clock.now()
            if kept.index is None or kept.until is None or now >= kept.until:
                kept.index = await self._build(tenant)
                kept.until = now + KEEP
            return kept.index

    async def _build(self, tenant: str) -> Index:
        entries = await self._store.query(KnowledgeEntry, tenant=tenant, order="entry", limit=ENTRIES)
        return await asyncio.to_thread(_index, entries)


def _index(entries: list[KnowledgeEntry]) -> Index:
    """In a thread: thousands of entries take time that other conversations should not wait for. tantivy is
    loaded with the first question, not on the way of a function that asks none."""
    from shared.knowledge.index import Index

    return Index(entries)
