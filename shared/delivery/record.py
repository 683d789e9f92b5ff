"""Record of a send's result, also if a receipt or a human act has changed the document meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from shared.errors import Drop, Retry
from shared.models.message import Outbound
from shared.platform import tracing
from shared.platform.store import Conflict, Store

_ATTEMPTS = 5


class Record:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def change(self, doc: Outbound, change: Callable[[Outbound], None]) -> Outbound:
        """Applies `change` and writes, without a read unless `doc` was changed since it was read.

        Raises Retry if another sender holds the claim by now: that sender finds the result by itself.
        """
        current, sender = doc, owner(doc)
        for _ in range(_ATTEMPTS):
            change(current)
            try:
                with tracing.span("store.replace"):
                    await self._store.replace(current)
                return current
            except Conflict:
                keys = {"tenant": doc.tenant, "conversation": doc.conversation, "message": doc.message}
                fresh = await self._store.get(Outbound, **keys)
            if fresh is None:
                raise Drop("message_is_gone")
            if owner(fresh) != sender:
                raise Retry("claim_lost")
            current = fresh
        raise Retry("contention")


def owner(doc: Outbound) -> str | None:
    """Returns the owner of the message's claim, or None."""
    return doc.claim.owner if doc.claim else None
