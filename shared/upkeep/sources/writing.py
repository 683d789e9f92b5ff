"""Writing of a source's pieces, by the one refresh that holds the claim on the source.

Pieces have ids made of their content: an unchanged piece is not written again, and a refresh that was cut off
and one that is repeated end alike. The state of an item is written after its pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from shared.errors import Drop
from shared.models.source import Claim, Source, SourceItem, SourcePiece
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where

#: How long a refresh may write; a refresh that takes longer has ended or hangs.
CLAIM = timedelta(minutes=10)
#: Most pieces of an item, and pieces that one transaction writes: 50 vectors of 3,072 numbers are 1.4 MB.
ITEM_PIECES, _BATCH = 2_000, 50
#: Most stored pieces of an item that are read: those of a refresh that was cut off are among them.
_STORED = 3 * ITEM_PIECES


class Writing:
    """The writes of one refresh to one source; `by` is the refresh's own id."""

    def __init__(self, store: Store, clock: Clock, tenant: str, source: str, by: str) -> None:
        self._store, self._clock, self._by = store, clock, by
        self._keys = {"tenant": tenant, "source": source}

    async def claim(self) -> Source:
        """Claims the source. Raises Drop if it is gone, or another refresh has it."""

        async def work(tx: Transaction) -> Source:
            found = await tx.get(Source, **self._keys)
            if found is None:
                raise Drop("source_is_gone")
            if found.claim is not None and found.claim.until > self._clock.now():
                raise Drop("source_is_being_read")
            found.claim = Claim(by=self._by, until=self._clock.now() + CLAIM)
            tx.put(found)
            return found

        return await self._store.transaction(work)

    async def stored(self, item: str) -> list[SourcePiece]:
        """Returns the stored pieces of an item."""
        where = [Where("source", "==", self._keys["source"]), Where("item", "==", item)]
        return await self._store.query(SourcePiece, where=where, limit=_STORED, tenant=self._keys["tenant"])

    async def replace(
        self, stored: Iterable[SourcePiece], wanted: Iterable[SourcePiece], item: SourceItem
    ) -> Source:
        """Replaces an item's stored pieces, then its state. Raises Drop if another refresh took over."""
        old, new = ({piece.piece: piece for piece in pieces} for pieces in (stored, wanted))
        changed = [piece for piece in new.values() if old.get(piece.piece) != piece]
        gone = [piece for name, piece in old.items() if name not in new]
        await self._write(changed, gone)

        def keep(source: Source) -> None:
            source.keep(item)
            source.revision += bool(changed or gone)

        return await self.update(keep)

    async def remove(self, item: SourceItem) -> Source:
        """Deletes an item's pieces, then its state. Raises Drop if another refresh took over."""
        await self._write([], await self.stored(item.id))

        def forget(source: Source) -> None:
            source.forget(item.id)
            source.revision += 1

        return await self.update(forget)

    async def update(self, change: Callable[[Source], None]) -> Source:
        """Changes the source's document. Raises Drop if another refresh took over."""

        async def work(tx: Transaction) -> Source:
            source = await self._held(tx)
            change(source)
            tx.put(source)
            return source

        return await self._store.transaction(work)

    async def delete(self, pieces: Sequence[SourcePiece]) -> None:
        """Deletes the source, whose pieces are gone. Raises Drop if another refresh took over."""
        await self._write([], pieces)

        async def work(tx: Transaction) -> None:
            tx.delete(await self._held(tx))

        await self._store.transaction(work)

    async def _write(self, changed: Sequence[SourcePiece], gone: Sequence[SourcePiece]) -> None:
        """Writes and deletes pieces, some at a time, each time only if this refresh still has the claim."""
        todo = [(piece, True) for piece in changed] + [(piece, False) for piece in gone]
        for start in range(0, len(todo), _BATCH):

            async def work(tx: Transaction, start: int = start) -> None:
                source = await self._held(tx)
                assert source.claim is not None  # noqa: S101 - `_held` has looked
                source.claim.until = self._clock.now() + CLAIM
                tx.put(source)
                for piece, kept in todo[start : start + _BATCH]:
                    if kept:
                        tx.put(piece)
                    else:
                        tx.delete(piece)

            await self._store.transaction(work)

    async def _held(self, tx: Transaction) -> Source:
        source = await tx.get(Source, **self._keys)
        if source is None or source.claim is None or source.claim.by != self._by:
            raise Drop("source_was_taken_over")
        return source
