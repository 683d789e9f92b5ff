"""A tenant's budget for a day, shared by all instances in slices.

An instance takes a slice in a transaction and spends it without asking: so a turn reads nothing for it. A
call may begin while the slice holds more than the calls under way may cost, so an instance exceeds its slice
by one call at most. A slice ends after LASTS; the rest of an instance that is gone goes back to the others.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.models.tenant import Tenant
from shared.models.usage import KEPT, SPENT, WARNED, Slice, UsageDay, UsageShard
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction
from shared.routing.failing import OverBudget
from shared.routing.usage import Usage, day_of

#: How long an instance may spend its slice, and how long after that others take back the rest of it: their
#: clocks may differ, and a call under way still ends.
LASTS, BACK = timedelta(minutes=10), timedelta(minutes=2)
#: A slice: a share of the cap, or so many calls as the last one cost, up to a larger share of the cap.
_SHARE, _CALLS, _LARGEST = 0.01, 5, 0.05
#: How long an instance that was refused a slice asks for no other.
_AGAIN = timedelta(seconds=60)
#: Slices of instances that are gone, settled in one transaction.
_SETTLED = 20
_TENANTS = 1_000


@dataclass
class _Purse:
    """This instance's money for a day: `left` US dollars, `held` of them for calls under way."""

    day: str
    left: float = 0.0
    held: float = 0.0
    last: float = 0.0
    until: datetime | None = None
    refused_until: datetime | None = None
    taking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def open(self, now: datetime) -> bool:
        return self.until is not None and now < self.until and self.left > self.held


class Hold:
    """The budget of one request: `cost` is its cost so far (US dollars)."""

    def __init__(self) -> None:
        self.cost = 0.0


class Budget:
    def __init__(self, store: Store, clock: Clock, usage: Usage) -> None:
        self._store, self._clock, self._usage = store, clock, usage
        self._purses: OrderedDict[str, _Purse] = OrderedDict()

    @asynccontextmanager
    async def held(self, tenant: Tenant, estimate: float) -> AsyncIterator[Hold]:
        """Holds an estimated cost (US dollars) for as long as the block runs, then charges the cost.

        Models that cost nothing need no budget. Raises OverBudget if the day's budget is used up.
        """
        hold = Hold()
        if tenant.answers.budget.per_day is None or estimate <= 0:
            yield hold
            return
        purse = self._purse(tenant)
        if not purse.open(self._clock.now()):
            await self._take(tenant, purse, tenant.answers.budget.per_day)
        purse.held += estimate
        try:
            yield hold
        finally:
            purse.held -= estimate
            purse.left -= hold.cost
            purse.last = hold.cost or purse.last

    def _purse(self, tenant: Tenant) -> _Purse:
        day = day_of(tenant, self._clock.now())
        purse = self._purses.get(tenant.tenant)
        if purse is None or purse.day != day:
            purse = self._purses[tenant.tenant] = _Purse(day)
        self._purses.move_to_end(tenant.tenant)
        while len(self._purses) > _TENANTS:
            self._purses.popitem(last=False)
        return purse

    async def _take(self, tenant: Tenant, purse: _Purse, cap: float) -> None:
        """Takes the next slice. Raises OverBudget if there is none, Retry if the store does not answer."""
        async with purse.taking:
            now = self._clock.now()
            if purse.open(now):
                return  # another call took it
            if purse.refused_until is not None and now < purse.refused_until:
                raise OverBudget
            granted, reached = await self._store.transaction(
                lambda tx: self._grant(tx, tenant, purse, cap, now)
            )
            for share in reached:
                logs.logger().warning("budget_reached", tenant=tenant.tenant, share=share)
            if granted <= 0:
                purse.refused_until = now + _AGAIN
                raise OverBudget
            purse.left, purse.until, purse.refused_until = purse.held + granted, now + LASTS, None

    async def _grant(
        self, tx: Transaction, tenant: Tenant, purse: _Purse, cap: float, now: datetime
    ) -> tuple[float, list[int]]:
        """Returns the slice that is granted (US dollars), 0 if there is none, and shares newly reached."""
        name, shard = tenant.tenant, self._usage.shard
        found = await tx.get(UsageDay, tenant=name, day=purse.day)
        day = found or UsageDay(tenant=name, day=purse.day, expires_at=now + KEPT)
        day.cap = cap
        mine = self._usage.cost(name, purse.day)
        wanted = min(max(cap * _SHARE, _CALLS * purse.last), cap * _LARGEST)
        if _left(day, shard, mine + purse.held, cap) < wanted:
            await _settle(tx, day, shard, now)
        granted = max(0.0, min(wanted, _left(day, shard, mine + purse.held, cap)))
        day.slices[shard] = Slice(granted=mine + purse.held + granted, spent=mine, until=now + LASTS)
        reached = [WARNED] if day.taken >= cap * WARNED / 100 else []
        reached += [SPENT] if granted <= 0 else []
        new = [share for share in reached if day.reach(share, now)]
        tx.put(day)
        return granted, new


def _left(day: UsageDay, shard: str, mine: float, cap: float) -> float:
    """Returns the rest of the cap beside `mine` and the other instances' slices."""
    own = day.slices.get(shard)
    return cap - (day.taken - (own.taken if own else 0.0)) - mine


async def _settle(tx: Transaction, day: UsageDay, shard: str, now: datetime) -> None:
    """Takes back the rests of other instances' slices that are over, by their documents of usage."""
    over = [
        name
        for name, each in day.slices.items()
        if name != shard and now >= each.until + BACK and each.granted > each.spent
    ]
    for name in over[:_SETTLED]:
        found = await tx.get(UsageShard, tenant=day.tenant, day=day.day, shard=name)
        spent = max(day.slices[name].spent, found.cost if found else 0.0)
        day.slices[name].spent = day.slices[name].granted = spent
