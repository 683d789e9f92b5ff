"""Rules: a tenant's triggers, read and compiled."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from shared.formats.conditions import Condition
from shared.models.attributes import Value
from shared.models.definition import Definition, Happening, Once, Silence, WindowCloses
from shared.models.tenant import Tenant
from shared.models.trigger import AT_ONCE, CHANGED, Trigger
from shared.platform.store import Store, Transaction
from shared.tenants import trigger_rules
from shared.tenants.attribute_rules import variables
from shared.tenants.problems import Invalid

#: The most triggers of a tenant.
LIMIT = 500
_TODAY = re.compile(r"\btoday\b")


@dataclass(frozen=True)
class Rule:
    """A trigger whose definition is right. `revision` digests the definition."""

    trigger: Trigger
    definition: Definition
    revision: str
    condition: Condition | None

    @property
    def name(self) -> str:
        return self.trigger.trigger

    @property
    def ahead(self) -> bool:
        """Whether its occurrences are planned ahead, for each contact; else something that happens begins
        them."""
        return not isinstance(self.definition.when, Silence | WindowCloses | Happening)

    @property
    def active(self) -> bool:
        """Whether it may plan occurrences: a broadcast must have been confirmed as it is now."""
        if self.trigger.state != "active":
            return False
        confirmed = self.trigger.confirmed
        once = isinstance(self.definition.when, Once)
        return not once or (confirmed is not None and confirmed.revision == self.revision)

    def may_plan(self, at: datetime) -> bool:
        """Whether an occurrence may be planned for that time: one before a restore may have been sent."""
        restored = self.trigger.restored_at
        return restored is None or at > restored

    @property
    def planned_as(self) -> str:
        """The trigger's `revision` once its occurrences are planned as it is now, never while paused."""
        return {"active": self.revision, "stopped": "stopped"}.get(self.trigger.state, CHANGED)

    def meant_for(self, values: Mapping[str, Value], *, later: bool = False) -> bool:
        """Whether the condition holds for a contact's values.

        With `later`, a condition on the day may still come to hold.
        """
        if self.condition is None or (later and _TODAY.search(self.definition.who)):
            return True
        return self.condition.holds(values)


def compiled(tenant: Tenant, trigger: Trigger) -> Rule:
    """Returns the rule of a trigger. Raises Invalid with all problems of its definition."""
    definition, revision = _read(_Key(tenant), json.dumps(trigger.definition, sort_keys=True, default=str))
    condition = Condition(definition.who, variables(tenant)) if definition.who else None
    return Rule(trigger, definition, revision, condition)


class Rules:
    """The rules of tenants, read anew each time: an edit is in force with the next batch of work."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, tenant: Tenant) -> list[Rule]:
        """Returns the rules whose definitions are right, by their names."""
        found = []
        for trigger in await self._store.query(Trigger, limit=LIMIT, tenant=tenant.tenant):
            if rule := await _noticed(self._store, tenant, trigger):
                found.append(rule)
        return sorted(found, key=lambda rule: rule.name)


class Batch:
    """The rules that one batch of work needs, each read once."""

    def __init__(self, store: Store, tenant: Tenant) -> None:
        self._store, self._tenant = store, tenant
        self._read: dict[str, Rule | None] = {}

    async def get(self, name: str) -> Rule | None:
        """Returns a rule, or None if there is no such trigger or its definition is wrong."""
        if name not in self._read:
            self._read[name] = await self._rule(name)
        return self._read[name]

    async def _rule(self, name: str) -> Rule | None:
        trigger = await self._store.get(Trigger, tenant=self._tenant.tenant, trigger=name)
        return await _noticed(self._store, self._tenant, trigger) if trigger else None


async def _noticed(store: Store, tenant: Tenant, trigger: Trigger) -> Rule | None:
    """Returns the rule of a trigger, None if its definition is wrong (`problem` of the document says why).

    One that is not as it was when its occurrences were planned is planned anew. Otherwise a change that is
    taken back before anything looks would leave what was planned, or left out, meanwhile.
    """
    try:
        rule = compiled(tenant, trigger)
    except Invalid:
        rule = None

    async def forget(tx: Transaction) -> None:
        found = await tx.get(Trigger, tenant=trigger.tenant, trigger=trigger.trigger)
        if found is not None and found.revision == trigger.revision:
            found.plan_anew()
            found.due_at = AT_ONCE
            tx.put(found)

    if trigger.revision not in ("", CHANGED, rule.planned_as if rule else CHANGED):
        await store.transaction(forget)
    return rule


class _Key:
    """A tenant as the key of a cache: definitions depend on the settings that rules of triggers refer to."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        parts = tenant.model_dump_json(include={"tenant", "languages", "attributes", "messaging", "timezone"})
        self._of = parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._of == other._of

    def __hash__(self) -> int:
        return hash(self._of)


@lru_cache(maxsize=2_000)
def _read(key: _Key, definition: str) -> tuple[Definition, str]:
    found = trigger_rules.read(key.tenant, json.loads(definition))
    return found, trigger_rules.revision(found)
