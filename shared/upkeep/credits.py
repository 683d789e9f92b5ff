"""Watch over the prepaid credits of models' keys: operators are told before they end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.errors import ConfigurationError, Retry
from shared.llm import Credited
from shared.models.answers import ModelEntry
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store
from shared.routing.usage import day_of
from shared.tenants import versions
from shared.tenants.directory import Directory
from shared.upkeep.usage import Costs

#: Interval at which credits are asked for, and tenants that are read at most.
EVERY = timedelta(hours=1)
LIMIT = 200
#: Deadline (s) of one question.
DEADLINE = 10.0
#: A credit is low below so many days of the model's cost, and below so many US dollars.
DAYS, LEAST = 3, 2.0


@dataclass(frozen=True)
class _Key:
    """A key of a model, with the tenants and entries that use it."""

    entry: ModelEntry
    key: str
    users: Sequence[tuple[Tenant, str]]


class Credits:
    """Asks for each key's credit once in EVERY. One instance of the function runs, so nothing is stored."""

    def __init__(self, store: Store, clock: Clock, directory: Directory) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._costs = Costs(store, clock, directory)
        self._due_at: datetime | None = None

    async def run(self) -> int:
        """Asks if it is time; returns the number of low credits."""
        now = self._clock.now()
        if self._due_at is not None and now < self._due_at:
            return 0
        self._due_at = now + EVERY
        tenants = await versions.tenants(self._store, LIMIT)
        found = await asyncio.gather(*(self._look(key) for key in _keys(tenants)))
        return sum(found)

    async def _look(self, key: _Key) -> bool:
        """Whether a key's credit is low; logs it. A vendor that does not answer is asked again later."""
        tenant, name = key.users[0]
        try:
            async with asyncio.timeout(DEADLINE):
                model = self._directory.model(key.entry, key.key)
                left = await model.credit() if isinstance(model, Credited) else None
        except (Retry, ConfigurationError, TimeoutError) as error:
            logs.logger().warning(
                "credit_unknown", tenant=tenant.tenant, provider=name, secret=key.key, **logs.describe(error)
            )
            return False
        if left is None:
            return False
        low = left < max(LEAST, DAYS * await self._daily(key))
        logs.logger().info("credit", tenant=tenant.tenant, provider=name, secret=key.key, credit=left)
        if low:
            for tenant, name in key.users:
                logs.logger().error(
                    "credit_low", tenant=tenant.tenant, provider=name, secret=key.key, credit=left
                )
        return low

    async def _daily(self, key: _Key) -> float:
        """Returns the cost (US dollars) of the key's models today or yesterday, whichever is more."""
        costs = [0.0, 0.0]
        for tenant, name in key.users:
            today = date.fromisoformat(day_of(tenant, self._clock.now()))
            for back in (0, 1):
                costs[back] += await self._costs.of_entry(tenant.tenant, name, today - timedelta(days=back))
        return max(costs)


def _keys(tenants: Sequence[Tenant]) -> list[_Key]:
    """Returns each key once, also if several tenants or entries use it."""
    users: dict[tuple[str, str, str], list[tuple[Tenant, str]]] = {}
    entries: dict[tuple[str, str, str], ModelEntry] = {}
    for tenant in tenants:
        for name, entry in tenant.answers.entries.items():
            for key in entry.keys:
                place = (entry.format, entry.url, key)
                users.setdefault(place, []).append((tenant, name))
                entries[place] = entry
    return [_Key(entries[place], place[2], each) for place, each in users.items()]
