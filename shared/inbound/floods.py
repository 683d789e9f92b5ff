"""Floods: more messages to a tenant, from many people, than its limit for a minute.

An instance counts in its memory, and adds its count to the minute's document now and then, after a turn and
only if many people write: no turn reads or writes for it. So instances together exceed the limit by at most
UNSETTLED of it each.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from enum import IntEnum

from shared.errors import Retry
from shared.models.load import KEPT, Load
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction

#: The shares of the tenant's limit that strangers may use, and above which no model is asked for them.
STRANGERS, SPARING = 0.5, 0.25
#: The share of the limit that an instance may have counted without adding it to the document: all instances
#: together add some twenty times a minute at most, because messages above the limit do not count.
UNSETTLED = 0.05
_TENANTS = 1_000


class Level(IntEnum):
    """The state of a tenant in this minute."""

    CALM = 0
    #: No model is asked for strangers: their answers are from the knowledge alone.
    SPARING = 1
    #: Strangers are turned away.
    STRANGERS_WAIT = 2
    #: Everybody without a running session is turned away.
    NEWCOMERS_WAIT = 3


@dataclass
class _Count:
    """A minute: the totals of all instances as last read, and this instance's own counts since (`new_…`)."""

    minute: str
    messages: int = 0
    strangers: int = 0
    new_messages: int = 0
    new_strangers: int = 0
    settling: bool = False


class Floods:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def level(self, tenant: Tenant) -> Level:
        """Returns the tenant's level, as far as this instance knows it."""
        limit, count = tenant.limits.tenant_messages_per_minute, self._count(tenant.tenant)
        messages, strangers = count.messages + count.new_messages, count.strangers + count.new_strangers
        if messages >= limit:
            return Level.NEWCOMERS_WAIT
        if strangers >= limit * STRANGERS:
            return Level.STRANGERS_WAIT
        return Level.SPARING if strangers >= limit * SPARING else Level.CALM

    def count(self, tenant: Tenant, *, stranger: bool) -> None:
        """Counts an admitted message."""
        count = self._count(tenant.tenant)
        count.new_messages += 1
        count.new_strangers += stranger

    async def settle(self, tenant: Tenant) -> None:
        """Adds this instance's count to the minute's document if it is large."""
        count, now = self._count(tenant.tenant), self._clock.now()
        few = count.new_messages < max(1, tenant.limits.tenant_messages_per_minute * UNSETTLED)
        if few or count.settling:
            return
        count.settling = True
        messages, strangers = count.new_messages, count.new_strangers
        new = Load(
            tenant=tenant.tenant,
            minute=count.minute,
            messages=messages,
            strangers=strangers,
            expires_at=now + KEPT,
        )
        try:
            found = await self._store.transaction(lambda tx: _add(tx, new))
        except Retry as error:  # the next message tries again
            logs.logger().warning("load_unwritten", tenant=tenant.tenant, reason=error.reason)
        else:
            count.messages, count.strangers = found.messages, found.strangers
            count.new_messages -= messages
            count.new_strangers -= strangers
        finally:
            count.settling = False

    def _count(self, tenant: str) -> _Count:
        minute = self._clock.now().strftime("%Y-%m-%dT%H:%M")
        count = self._counts.get(tenant)
        if count is None or count.minute != minute:
            count = self._counts[tenant] = _Count(minute)
        self._counts.move_to_end(tenant)
        while len(self._counts) > _TENANTS:
            self._counts.popitem(last=False)
        return count


async def _add(tx: Transaction, new: Load) -> Load:
    """Adds a count to the minute's document, and returns the totals."""
    found = await tx.get(Load, tenant=new.tenant, minute=new.minute)
    if found is None:
        tx.put(new)
        return new
    found.messages += new.messages
    found.strangers += new.strangers
    tx.put(found)
    return found
