"""The end of private pages: those that expired or were revoked go, with their files.

Firestore's TTL on `expires_at` is the safety net for documents, the bucket's lifecycle that for files.
"""

from __future__ import annotations

from shared.conversation.pages import delete
from shared.models.page import Page
from shared.platform.blobs import Blobs
from shared.platform.clock import Clock
from shared.platform.store import Store, Where

#: Pages of one round; the rest is still due at the next.
LIMIT = 100


class Pages:
    def __init__(self, store: Store, blobs: Blobs, clock: Clock) -> None:
        self._store, self._blobs, self._clock = store, blobs, clock

    async def run(self) -> int:
        """Deletes the pages that are over, the oldest first. Returns their number. Raises Retry."""
        over = Where("expires_at", "<=", self._clock.now())
        found = await self._store.query(Page, where=[over], order="expires_at", limit=LIMIT)
        for page in found:
            await delete(self._store, self._blobs, page)
        return len(found)
