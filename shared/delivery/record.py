"""Writes what came of a send, also where a receipt or a human act has changed the document meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from shared.errors import Drop, Retry
from shared.models.message import Outbound
from shared.platform.store import Conflict, Store

_ATTEMPTS = 5


class Record:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def change(self, doc: Outbound, change: Callable[[Outbound], None]) -> Outbound:
        """Applies `change` and writes, without a read where nobody has written since `doc` was read."""
        current = doc
        for _ in range(_ATTEMPTS):
            change(current)
            try:
                await self._store.replace(current)
                return current
            except Conflict:
                keys = {"tenant": doc.tenant, "conversation": doc.conversation, "message": doc.message}
                fresh = await self._store.get(Outbound, **keys)
            if fresh is None:
                raise Drop("message_is_gone")
            current = fresh
        raise Retry("contention")
