"""Usage of models, in one document for each tenant, day and instance.

The totals are kept in memory and written whole, without a read. A turn writes its tenant's document once,
after its answer was committed (inbound/turns.py).
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.errors import Retry
from shared.models.tenant import Tenant
from shared.models.usage import KEPT, Row, UsageShard, added
from shared.platform import logs
from shared.platform.clock import Clock, Ids
from shared.platform.store import Store


def day_of(tenant: Tenant, now: datetime) -> str:
    """Returns the day (ISO) in the tenant's zone."""
    return now.astimezone(ZoneInfo(tenant.timezone)).date().isoformat()


class Usage:
    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._name = ""
        #: Totals by tenant and day, and those of them that are not written yet.
        self._shards: dict[tuple[str, str], UsageShard] = {}
        self._unwritten: set[tuple[str, str]] = set()
        self._writing: dict[str, asyncio.Lock] = {}

    @property
    def shard(self) -> str:
        """The name of this instance's documents."""
        self._name = self._name or self._ids.new("shard")
        return self._name

    def add(self, tenant: Tenant, row: Row) -> None:
        """Adds calls to today's totals."""
        now = self._clock.now()
        key = tenant.tenant, day_of(tenant, now)
        shard = self._shards.get(key) or UsageShard(
            tenant=key[0],
            day=key[1],
            shard=self.shard,
            updated_at=now,
            expires_at=now + KEPT,
        )
        shard.rows, shard.updated_at = added(shard.rows, [row]), now
        self._shards[key] = shard
        self._unwritten.add(key)

    def cost(self, tenant: str, day: str) -> float:
        """Returns this instance's cost (US dollars) on a day."""
        shard = self._shards.get((tenant, day))
        return shard.cost if shard else 0.0

    async def write(self, tenant: str) -> None:
        """Writes the tenant's totals that are not written yet.

        If the store refuses, they are written with the next ones: a turn does not fail for them.
        """
        async with self._writing.setdefault(tenant, asyncio.Lock()):
            due = sorted(key for key in self._unwritten if key[0] == tenant)
            try:
                for key in due:
                    self._unwritten.discard(key)
                    await self._store.put(self._shards[key])
            except Retry as error:
                self._unwritten.add(key)
                logs.logger().warning("usage_unwritten", tenant=tenant, reason=error.reason)
            else:
                self._forget(tenant)

    def _forget(self, tenant: str) -> None:
        """Forgets the tenant's written days, except the newest."""
        days = sorted(key for key in self._shards if key[0] == tenant)
        for key in days[:-1]:
            if key not in self._unwritten:
                del self._shards[key]
