"""The tenant's day in numbers, and the health of its channels and sources, in plain sentences.

Counts are Firestore's own aggregates: a thousand documents cost one read
(https://firebase.google.com/docs/firestore/query-data/aggregation-queries).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.answers.staff.wording import Wording
from shared.formats import localised
from shared.models.dead_letter import DeadLetter, DeadLetterState
from shared.models.handoff import OPEN, Handoff
from shared.models.message import Inbound, Outcome
from shared.models.source import Source
from shared.models.tenant import Channel, Tenant
from shared.models.tenant_state import TenantState
from shared.models.usage import UsageShard
from shared.platform.store import Store, Where
from shared.routing.usage import day_of

#: Most channels, sources, and instances with usage that are read.
_CHANNELS, _SOURCES, _SHARDS = 50, 100, 200


class Figures:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def today(self, tenant: Tenant, said: Wording, now: datetime) -> str:
        """Returns the numbers since midnight in the tenant's zone."""
        begins = now.astimezone(ZoneInfo(tenant.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
        since, name = Where("at", ">=", begins), tenant.tenant

        async def ended(*outcomes: Outcome) -> int:
            where = [Where("outcome", "in", [str(each) for each in outcomes]), since]
            return await self._store.count(Inbound, where=where, tenant=name)

        received, answered, handed, waiting, shards, state = await asyncio.gather(
            self._store.count(Inbound, where=[Where("direction", "==", "in"), since], tenant=name),
            ended(Outcome.ANSWERED, Outcome.MERGED),
            ended(Outcome.HANDED_OFF, Outcome.LEFT_TO_HUMAN),
            self._store.count(Handoff, where=[Where("state", "in", list(OPEN))], tenant=name),
            self._store.query(UsageShard, tenant=name, day=day_of(tenant, now), limit=_SHARDS),
            self._store.get(TenantState, tenant=name, document="now"),
        )
        cost = sum(shard.cost for shard in shards)
        told = said.of(
            "admin_today",
            received=received,
            answered=answered,
            handed=handed,
            open=waiting,
            cost=localised.number(round(cost, 2), said.language),
        )
        return "\n".join([told, *_pause(tenant, state, said)])

    async def health(self, tenant: Tenant, said: Wording, now: datetime) -> str:
        """Returns one sentence for each thing that does not work, or one that all is well."""
        name = tenant.tenant
        late = [Where("direction", "==", "in"), Where("due_at", "<=", now)]
        dead = [Where("state", "==", str(DeadLetterState.WAITING))]
        channels, sources, lost, overdue, state = await asyncio.gather(
            self._store.query(Channel, limit=_CHANNELS, tenant=name),
            self._store.query(Source, limit=_SOURCES, tenant=name),
            self._store.count(DeadLetter, where=dead, tenant=name),
            self._store.count(Inbound, where=late, tenant=name),
            self._store.get(TenantState, tenant=name, document="now"),
        )
        told = list(_pause(tenant, state, said))
        told += [
            said.of("admin_channel_down", channel=each.channel, status=each.health.status)
            for each in channels
            if each.health and not each.health.working
        ]
        told += [
            said.of("admin_source_down", source=each.title or each.source)
            for each in sources
            if not each.working and not each.dropped
        ]
        told += [said.of("admin_dead_letters", count=lost)] if lost else []
        told += [said.of("admin_overdue", count=overdue)] if overdue else []
        return "\n".join(told or [said.of("admin_all_well", count=len(channels))])


def _pause(tenant: Tenant, state: TenantState | None, said: Wording) -> Iterator[str]:
    if state is not None and state.paused_at is not None:
        since = state.paused_at.astimezone(ZoneInfo(tenant.timezone))
        yield said.of("admin_pause_since", since=f"{since:%d.%m. %H:%M}", who=said.name(state.by))
