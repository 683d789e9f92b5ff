"""The check of tenants and channels that people edit in the database's console.

A right edit is kept as the good version; a wrong one gets its error beside it, in `problem`. A document is
checked once for each edit, and once by each new instance, whose rules may be newer; nothing is written while
nothing changes. Every function makes the same check when it reads the document (tenants/versions.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.models.stored import Stored, StoredChannel, StoredTenant
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Conflict, Store, Where
from shared.tenants import versions
from shared.tenants.problems import Invalid

#: How often all tenants are looked at.
EVERY = timedelta(minutes=5)
#: Tenants of one round, the next ones in the next, and the channels that a tenant may have.
PAGE, CHANNELS = 20, 50


class Checking:
    """Checks the next page of tenants. One instance of the function runs, so the place is kept in memory."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._due_at: datetime | None = None
        self._after = ""
        #: The digests that this instance has checked, by document.
        self._checked: dict[str, str] = {}

    async def run(self) -> int:
        """Returns the number of documents of this page that are wrong, 0 if no page is due."""
        now = self._clock.now()
        if not self._after:
            if self._due_at is not None and now < self._due_at:
                return 0
            self._due_at = now + EVERY
        where = [Where("tenant", ">", self._after)]
        page = await self._store.query(StoredTenant, where=where, order="tenant", limit=PAGE)
        self._after = page[-1].fields["tenant"] if len(page) == PAGE else ""
        wrong = 0
        for stored in page:
            if stored.names is None:
                continue
            wrong += await self._look(stored)
            tenant = stored.names["tenant"]
            for channel in await self._store.query(StoredChannel, limit=CHANNELS, tenant=tenant):
                if channel.names is not None and channel.names["tenant"] == tenant:
                    wrong += await self._look(channel)
        return wrong

    async def _look(self, stored: Stored) -> bool:
        """Checks a document if it was edited. Returns whether it is wrong."""
        digest, place = stored.digest, stored.location()
        if self._checked.get(place) != digest or stored.fields.get("checked") != digest:
            self._checked[place] = digest
            await self._check(stored, digest)
        wrong = bool(stored.fields.get("problem"))
        if wrong:
            tenant, document = stored.fields["tenant"], versions.document(stored)
            logs.logger().error("tenant_invalid", tenant=tenant, document=document)
        return wrong

    async def _check(self, stored: Stored, digest: str) -> None:
        try:
            versions.check(stored)
            problem = ""
        except Invalid as invalid:
            problem = versions.sentence(invalid)
        found = {"problem": problem, "checked": digest}
        if found.items() <= stored.fields.items():
            return
        if not problem:
            await versions.keep(self._store, stored)
        stored.fields |= found
        try:
            await self._store.replace(stored)
        except Conflict:  # edited again: the next round looks at it
            logs.logger().info("moved_meanwhile", tenant=stored.fields["tenant"])
