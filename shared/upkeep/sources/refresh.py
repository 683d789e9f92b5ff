"""The refresh of one source: what changed is read and embedded again, what vanished goes.

A page, file or table that cannot be read keeps the pieces of its last good version, and the source's `why`
says so. Two refreshes at once, one that is cut off and one that is repeated leave the same pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from shared.embeddings.by_tenant import Embedders
from shared.errors import ConfigurationError, Drop
from shared.formats.files import Unreadable
from shared.knowledge.reading import FILE_BYTES, apart
from shared.models.source import SOURCES, Source, SourceItem, SourcePiece
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.blobs import Blobs
from shared.platform.clock import Clock, Ids
from shared.platform.store import Store
from shared.sources import Broken, Item, Known, Listing
from shared.tenants.directory import Directory
from shared.upkeep.sources import items
from shared.upkeep.sources.writing import Writing

#: Pieces of all sources of a tenant that fit into an instance's memory; sources beyond are searched by the
#: store's own vector index.
MEMORY_PIECES = 3_000
#: How long a refresh goes on; the rest is due at once. The longest item still ends within the timeout.
BUDGET = timedelta(minutes=4)
#: The first wait after a failure; each further one doubles it, up to the source's own interval.
RETRY = timedelta(minutes=15)


@dataclass
class _Round:
    """One refresh: the problems met so far, as sentences."""

    tenant: Tenant
    writing: Writing
    source: Source
    problems: list[str] = field(default_factory=list)
    #: Whether a problem may be gone at the next attempt, though nothing was changed.
    passing: bool = False
    after: float | None = None
    unfinished: bool = False
    began: int = 0


class Refresh:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        directory: Directory,
        blobs: Blobs,
        embedders: Embedders,
        read: items.Read = apart.read,
    ) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._directory, self._blobs, self._embedders, self._read = directory, blobs, embedders, read

    async def run(self, tenant: str, source: str) -> Source | None:
        """Refreshes a source; returns it, or None if it was dropped and is now gone.

        Raises Drop if it or its tenant is gone, or if another refresh has it.
        """
        owner = await self._directory.tenant(tenant)
        if owner is None:
            raise Drop("tenant_is_gone")
        writing = Writing(self._store, self._clock, tenant, source, self._ids.new("refresh"))
        found = await writing.claim()
        this = _Round(owner, writing, found, began=found.revision)
        if found.dropped:
            await self._remove(this, found.items)
            await writing.delete([])
            return None
        listing = await self._listing(this)
        if listing is not None and listing.items is not None:
            await self._take(this, listing.items)
        elif listing is not None:
            this.problems = [item.why for item in this.source.items if item.why]
        await self._renew(this)
        return await self._end(this, listing)

    async def _listing(self, this: _Round) -> Listing | None:
        """Returns the source's listing, or None if it is broken."""
        marks = {item.id: item.mark for item in this.source.items if item.mark}
        try:
            fetcher = self._directory.source(this.source, self._blobs, FILE_BYTES)
            return await fetcher.look(Known(marks, this.source.cursor))
        except Broken as broken:
            this.problems, this.passing, this.after = [str(broken)], True, broken.after
        except ConfigurationError as error:
            this.problems, this.passing = [f"{error}."], True
        return None

    async def _take(self, this: _Round, listed: Sequence[Item]) -> None:
        """Reads the items that changed, and forgets those that vanished."""
        over = self._clock.now() + BUDGET
        before = {item.id: item for item in this.source.items}
        for item in listed:
            known = before.get(item.id)
            if known is None or not item.mark or known.mark != item.mark:
                if self._clock.now() >= over:
                    this.unfinished = True
                    return
                await self._read_item(this, item, known)
            elif known.why:
                this.problems.append(known.why)
        there = {item.id for item in listed}
        await self._remove(this, [item for item in this.source.items if item.id not in there])

    async def _read_item(self, this: _Round, item: Item, known: SourceItem | None) -> None:
        """Reads one item and writes its pieces, or why it cannot be read."""
        state = (known or SourceItem(id=item.id, name=item.name)).model_copy(update={"name": item.name})
        try:
            loaded = await items.load(this.source, item)
            if loaded.digest == state.digest and not state.why:
                await self._note(this, state.model_copy(update={"mark": item.mark}))
                return
            found = await items.cuts(this.source, item, loaded, self._read)
        except Broken as broken:
            this.passing, this.after = True, broken.after
            await self._note(this, state.model_copy(update={"why": _why(item.name, str(broken), state)}))
        except Unreadable as refused:
            why = _why(item.name, f"{refused}.", state)
            await self._note(this, state.model_copy(update={"mark": item.mark, "why": why}))
        else:
            wanted = items.pieces(this.tenant, this.source, item, found)
            new = {"mark": item.mark, "digest": loaded.digest, "pieces": len(wanted), "why": ""}
            await self._write(this, state.model_copy(update=new), wanted)

    async def _write(
        self, this: _Round, state: SourceItem, wanted: Sequence[SourcePiece] | None = None
    ) -> None:
        """Writes an item's pieces with vectors; its stored ones if none are given."""
        stored = await this.writing.stored(state.id)
        if wanted is None:
            wanted = [piece.model_copy() for piece in stored]
        embedder, in_store = self._embedders.of(this.tenant), this.source.in_store
        complete = await items.embed(wanted, stored, embedder, in_store=in_store)
        name = embedder.name if embedder and complete else ""
        state = state.model_copy(update={"embedder": name, "in_store": in_store})
        this.source = await this.writing.replace(stored, wanted, state)

    async def _note(self, this: _Round, state: SourceItem) -> None:
        """Keeps the state of an item whose pieces stay."""
        if state.why:
            this.problems.append(state.why)
        this.source = await this.writing.update(lambda source: source.keep(state))

    async def _remove(self, this: _Round, gone: Sequence[SourceItem]) -> None:
        for item in gone:
            this.source = await this.writing.remove(item)

    async def _renew(self, this: _Round) -> None:
        """Embeds again the pieces whose vectors are missing or another embedder's, and writes those anew that
        are searched elsewhere from now on."""
        embedder, in_store = self._embedders.of(this.tenant), await self._exceeds_memory(this.source)

        def place(source: Source) -> None:
            source.in_store = in_store
            source.revision += 1

        if this.source.in_store != in_store:
            this.source = await this.writing.update(place)
        name = embedder.name if embedder else ""
        for item in this.source.items:
            if item.pieces and (item.embedder != name or item.in_store != in_store):
                await self._write(this, item)

    async def _exceeds_memory(self, source: Source) -> bool:
        """Whether the source has no room in memory beside the tenant's others that are searched there."""
        others = await self._store.query(Source, limit=SOURCES, tenant=source.tenant)
        taken = sum(
            each.pieces
            for each in others
            if each.source != source.source and not each.in_store and not each.dropped
        )
        return taken + source.pieces > MEMORY_PIECES

    async def _end(self, this: _Round, listing: Listing | None) -> Source:
        """Ends the refresh: the state, the next time, and one sentence about it."""
        now = self._clock.now()

        def end(source: Source) -> None:
            source.claim, source.checked_at = None, now
            source.working = not this.problems
            source.why = _sentence(this.problems, source)
            source.failures = source.failures + 1 if this.passing else 0
            if listing is not None and not this.unfinished:
                source.cursor = "" if this.passing else listing.cursor
            every = timedelta(hours=source.hours)
            source.due_at = now + (min(every, _wait(source.failures, this.after)) if this.passing else every)
            if this.unfinished:
                source.due_at = now
            if source.revision != this.began:
                source.changed_at = now

        found = await this.writing.update(end)
        if found.working:
            logs.logger().info("source_read", tenant=found.tenant, source=found.source)
        else:
            logs.logger().warning("source_broken", tenant=found.tenant, source=found.source)
        return found


def _wait(failures: int, after: float | None) -> timedelta:
    wait = RETRY * (1 << min(failures - 1, 10))
    return max(wait, timedelta(seconds=after or 0))


def _why(name: str, problem: str, state: SourceItem) -> str:
    """Returns a sentence that names the item, its problem and the remedy, in at most 300 characters."""
    kept = " Its last good version stays." if state.pieces else ""
    joint = ": " if problem[:1].isupper() else " "
    return f"{name[:80]}{joint}{problem[:180]}{kept}"


def _sentence(problems: Sequence[str], source: Source) -> str:
    if not problems:
        return f"All is read: {len(source.items)} of its items, {source.pieces} pieces."
    more = f" (And {len(problems) - 1} more.)" if len(problems) > 1 else ""
    kept = " The last good version stays." if source.pieces and "stays" not in problems[0] else ""
    return f"{problems[0]}{kept}{more}"
