"""Broadcasts: counted and shown first, then confirmed by a word that names the count."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from typing import Literal

from shared.errors import ConfigurationError
from shared.models.definition import Once
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.models.trigger import Confirmation, Count, Trigger
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where
from shared.tenants.local_time import zone_of
from shared.triggers.people import values_of
from shared.triggers.rules import Rule, Rules, compiled
from shared.triggers.wanting import allows

_PAGE = 500
_Change = Callable[[Trigger], None]


class Broadcasts:
    """The administration of triggers, for commands and for administrators who write in the console."""

    def __init__(self, store: Store, clock: Clock, rules: Rules) -> None:
        self._store, self._clock, self._rules = store, clock, rules

    async def meant(self, tenant: Tenant, rule: Rule) -> AsyncIterator[Contact]:
        """Yields the contacts that the rule is meant for, in pages read one after another."""
        now = self._clock.now()
        async for page in self._pages(tenant):
            for contact in page:
                if _is_meant(tenant, rule, contact, now):
                    yield contact

    async def count(self, tenant: Tenant, rule: Rule) -> Count:
        """Counts the contacts that the rule is meant for now."""
        found = Count(count=0, looked_at=0, at=self._clock.now(), revision=rule.revision)
        async for page in self._pages(tenant):
            found.looked_at += len(page)
            found.count += sum(_is_meant(tenant, rule, contact, found.at) for contact in page)
        return found

    async def _pages(self, tenant: Tenant) -> AsyncIterator[Sequence[Contact]]:
        after = ""
        while True:
            page = await self._store.query(
                Contact,
                where=[Where("contact", ">", after)],
                order="contact",
                limit=_PAGE,
                tenant=tenant.tenant,
            )
            yield page
            if len(page) < _PAGE:
                return
            after = page[-1].contact

    async def confirm(self, tenant: Tenant, rule: Rule, count: int, by: str) -> Trigger:
        """Confirms a broadcast as it is now. Raises ConfigurationError unless it is one, and `count` is the
        number of people that it is meant for."""
        if not isinstance(rule.definition.when, Once):
            raise ConfigurationError(f"{rule.name} is no broadcast: it needs no confirmation")
        now_meant = (await self.count(tenant, rule)).count
        if count != now_meant or not count:
            expected = "nobody: nothing would be sent" if not now_meant else f"{now_meant} people"
            raise ConfigurationError(f"{rule.name}: confirmed for {count}, but it is meant for {expected}")
        word = Confirmation(count=count, by=by, at=self._clock.now(), revision=rule.revision)
        return await self._change(tenant, rule.name, lambda trigger: _confirm(trigger, word))

    async def confirm_in_console(self, tenant: Tenant, rule: Rule) -> None:
        """Carries out the number that an administrator wrote into the trigger's document, in the console or
        by a word in a chat, or says beside it why not. The caller puts the document."""
        trigger, count = rule.trigger, rule.trigger.confirm
        trigger.confirm, trigger.refused = None, ""
        if count is None:
            return
        trigger.counted = await self.count(tenant, rule)
        now_meant = trigger.counted.count
        by = trigger.asked.staff if trigger.asked else "console"
        if not isinstance(rule.definition.when, Once):
            trigger.refused = "confirm: it is no broadcast, and needs no confirmation"
        elif count != now_meant or not count:
            trigger.refused = f"confirm: it is meant for {now_meant} people, not {count}"
        else:
            word = Confirmation(count=count, by=by, at=self._clock.now(), revision=rule.revision)
            _confirm(trigger, word)

    async def switch(
        self, tenant: Tenant, name: str, state: Literal["active", "paused", "stopped"]
    ) -> Trigger:
        """Pauses, resumes or stops a trigger.

        Raises ConfigurationError if there is none of this name, or if it was stopped.
        """

        def change(trigger: Trigger) -> None:
            if trigger.state == "stopped" and state != "stopped":
                raise ConfigurationError(f"{name} was stopped (expected a new trigger)")
            if trigger.state == "paused" and state == "active":
                trigger.plan_anew()  # planned anew: some of its occurrences were left out meanwhile
            trigger.state = state

        return await self._change(tenant, name, change)

    async def rule(self, tenant: Tenant, name: str) -> Rule:
        """Returns a trigger with its definition. Raises ConfigurationError if it is missing or wrong."""
        trigger = await self._store.get(Trigger, tenant=tenant.tenant, trigger=name)
        if trigger is None:
            names = ", ".join(rule.name for rule in await self._rules.of(tenant))
            raise ConfigurationError(f"there is no trigger {name!r} (expected one of {names or 'none'})")
        return compiled(tenant, trigger)

    async def _change(self, tenant: Tenant, name: str, change: _Change) -> Trigger:
        async def work(tx: Transaction) -> Trigger:
            trigger = await tx.get(Trigger, tenant=tenant.tenant, trigger=name)
            if trigger is None:
                raise ConfigurationError(f"there is no trigger {name!r}")
            change(trigger)
            trigger.due_at = self._clock.now()
            tx.put(trigger)
            return trigger

        return await self._store.transaction(work)


def _is_meant(tenant: Tenant, rule: Rule, contact: Contact, now: datetime) -> bool:
    if contact.merged_into or not allows(contact, rule.definition):
        return False
    return rule.meant_for(values_of(tenant, contact, zone_of(tenant, contact), now))


def _confirm(trigger: Trigger, word: Confirmation) -> None:
    trigger.confirmed = word
    trigger.plan_anew()
