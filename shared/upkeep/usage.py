"""The cost of a tenant's language models on a day or in a month, summed over all instances."""

from __future__ import annotations

import asyncio
import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.errors import ConfigurationError
from shared.models.usage import Row, UsageDay, UsageShard, added
from shared.platform.clock import Clock
from shared.platform.store import Store
from shared.routing.usage import day_of
from shared.tenants.directory import Directory

#: Most documents of a day that are read: one for each instance that asked a model.
LIMIT = 1_000
#: Days that are read at the same time.
_AT_ONCE = 8


@dataclass(frozen=True)
class Report:
    """Calls by task and model over some days.

    `cap` is the budget (US dollars) of the only day, if it has one; `whole` is whether all documents were
    read.
    """

    rows: Sequence[Row]
    cap: float | None = None
    whole: bool = True

    @property
    def cost(self) -> float:
        return sum(row.cost for row in self.rows)


class Costs:
    def __init__(self, store: Store, clock: Clock, directory: Directory) -> None:
        self._store, self._clock, self._directory = store, clock, directory

    async def of_day(self, tenant: str, day: date | None = None) -> tuple[str, Report]:
        """Returns the day (ISO) and its report; None is today in the tenant's zone. Raises as `of_month`."""
        today = await self._today(tenant)
        found = day or today
        shards, whole = await self._read(tenant, found)
        budget = await self._store.get(UsageDay, tenant=tenant, day=found.isoformat())
        return found.isoformat(), Report(_summed(shards), budget.cap if budget else None, whole)

    async def of_month(self, tenant: str, month: date | None = None) -> tuple[str, Report]:
        """Returns the month (`2026-11`) and its report; None is this month in the tenant's zone.

        Raises ConfigurationError if there is no such tenant.
        """
        today = await self._today(tenant)
        first = (month or today).replace(day=1)
        days = [first.replace(day=n + 1) for n in range(calendar.monthrange(first.year, first.month)[1])]
        room = asyncio.Semaphore(_AT_ONCE)

        async def read(day: date) -> tuple[list[UsageShard], bool]:
            async with room:
                return await self._read(tenant, day)

        found = await asyncio.gather(*map(read, days))
        shards = [shard for each, _ in found for shard in each]
        return f"{first:%Y-%m}", Report(_summed(shards), whole=all(whole for _, whole in found))

    async def of_entry(self, tenant: str, entry: str, day: date) -> float:
        """Returns the cost (US dollars) of a model entry on a day."""
        shards, _ = await self._read(tenant, day)
        return sum(row.cost for row in _summed(shards) if row.entry == entry)

    async def _today(self, tenant: str) -> date:
        found = await self._directory.tenant(tenant)
        if found is None:
            raise ConfigurationError(f"TENANT is {tenant[:80]!r}: there is no such tenant")
        return date.fromisoformat(day_of(found, self._clock.now()))

    async def _read(self, tenant: str, day: date) -> tuple[list[UsageShard], bool]:
        found = await self._store.query(UsageShard, tenant=tenant, day=day.isoformat(), limit=LIMIT)
        return found, len(found) < LIMIT


def _summed(shards: Sequence[UsageShard]) -> list[Row]:
    """Returns the rows of all shards, the dearest first."""
    rows = added([], (row for shard in shards for row in shard.rows))
    return sorted(rows, key=lambda row: (-row.cost, row.task, row.entry, row.model))
