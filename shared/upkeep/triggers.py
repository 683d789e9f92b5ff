"""Review and administration of a tenant's triggers by an operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from shared.errors import ConfigurationError
from shared.models.definition import Definition
from shared.models.occurrence import Occurrence
from shared.models.tenant import Tenant
from shared.models.trigger import Progress, Trigger
from shared.platform.clock import Clock
from shared.platform.store import Store, Where
from shared.tenants.directory import Directory
from shared.tenants.problems import Invalid
from shared.triggers.broadcasts import Broadcasts
from shared.triggers.progress import progress_of
from shared.triggers.rules import LIMIT, Rule, Rules, compiled

#: Most occurrences of a calendar, soonest first, and of one trigger that are shown, on each side of now.
CALENDAR, SHOWN = 20_000, 5
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Overview:
    """A trigger with the numbers of its occurrences that are planned and sent, and the next time (UTC).

    `definition` is None if it is wrong; `problem` then says why.
    """

    trigger: Trigger
    definition: Definition | None
    problem: str
    planned: int
    sent: int
    next_at: datetime | None


@dataclass(frozen=True)
class Detail:
    """A trigger with its numbers, its last occurrences that are over, newest first, and its next ones."""

    overview: Overview
    progress: Progress
    last: Sequence[Occurrence]
    next: Sequence[Occurrence]


class Triggers:
    """Reads and switches a tenant's triggers.

    Raises ConfigurationError if there is no such tenant or trigger.
    """

    def __init__(self, store: Store, clock: Clock, directory: Directory) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._broadcasts = Broadcasts(store, clock, Rules(store))

    async def all(self, tenant: str) -> list[Overview]:
        """Returns all triggers, by name."""
        found = await self.tenant(tenant)
        triggers = await self._store.query(Trigger, limit=LIMIT, tenant=tenant)
        by_name = sorted(triggers, key=lambda each: each.trigger)
        return [await self._overview(found, each) for each in by_name]

    async def one(self, tenant: str, name: str) -> Detail:
        """Returns one trigger with its occurrences around now."""
        found = await self.tenant(tenant)
        trigger = await self._trigger(tenant, name)
        last = await self._store.query(
            Occurrence,
            where=[Where("trigger", "==", name), Where("closed_at", ">", _LONG_AGO)],
            order="-closed_at",
            limit=SHOWN,
            tenant=tenant,
        )
        return Detail(
            await self._overview(found, trigger),
            await progress_of(self._store, tenant, name, self._clock.now()),
            last,
            await self._next(tenant, name, SHOWN),
        )

    async def calendar(self, tenant: str, days: int) -> list[Occurrence]:
        """Returns what is due in the next `days` days or overdue, soonest first, at most CALENDAR."""
        await self.tenant(tenant)
        until = self._clock.now() + timedelta(days=days)
        where = [Where("due_at", "<=", until)]
        return await self._store.query(Occurrence, where=where, order="due_at", limit=CALENDAR, tenant=tenant)

    async def results(self, tenant: str, name: str) -> Progress:
        """Returns the numbers of a trigger as of now."""
        await self.tenant(tenant)
        await self._trigger(tenant, name)
        return await progress_of(self._store, tenant, name, self._clock.now())

    async def confirm(self, tenant: str, name: str, count: int) -> Trigger:
        """Confirms a broadcast for `count` people. Raises ConfigurationError if that is not their number."""
        found, rule = await self.rule(tenant, name)
        if rule.trigger.state != "active":
            raise ConfigurationError(f"{name} is {rule.trigger.state} (expected an active trigger)")
        return await self._broadcasts.confirm(found, rule, count, "make triggers")

    async def switch(self, tenant: str, name: str, state: Literal["active", "paused", "stopped"]) -> Trigger:
        """Pauses, resumes or stops a trigger."""
        found = await self.tenant(tenant)
        await self._trigger(tenant, name)
        return await self._broadcasts.switch(found, name, state)

    async def rule(self, tenant: str, name: str) -> tuple[Tenant, Rule]:
        """Returns a trigger with its definition. Raises ConfigurationError if that is wrong."""
        found = await self.tenant(tenant)
        return found, compiled(found, await self._trigger(tenant, name))

    async def tenant(self, name: str) -> Tenant:
        found = await self._directory.tenant(name)
        if found is None:
            raise ConfigurationError(f"TENANT is {name!r}: there is no such tenant")
        return found

    async def _trigger(self, tenant: str, name: str) -> Trigger:
        known = await self._store.query(Trigger, limit=LIMIT, tenant=tenant)
        names = sorted(each.trigger for each in known)
        if name not in names:
            raise ConfigurationError(
                f"there is no trigger {name!r} (expected one of {', '.join(names) or 'none'})"
            )
        return known[[each.trigger for each in known].index(name)]

    async def _overview(self, tenant: Tenant, trigger: Trigger) -> Overview:
        definition, problem = None, trigger.problem
        try:
            definition = compiled(tenant, trigger).definition
        except Invalid as invalid:
            problem = str(invalid)
        following = await self._next(tenant.tenant, trigger.trigger, 1)
        return Overview(
            trigger,
            definition,
            problem,
            await self._count(tenant.tenant, trigger.trigger, "planned"),
            await self._count(tenant.tenant, trigger.trigger, "sent"),
            following[0].due_at if following else None,
        )

    async def _next(self, tenant: str, name: str, limit: int) -> list[Occurrence]:
        where = [Where("trigger", "==", name), Where("due_at", ">", _LONG_AGO)]
        return await self._store.query(Occurrence, where=where, order="due_at", limit=limit, tenant=tenant)

    async def _count(self, tenant: str, name: str, state: str) -> int:
        where = [Where("trigger", "==", name), Where("state", "==", state)]
        return await self._store.count(Occurrence, where=where, tenant=tenant)
