"""Planning: a contact's occurrences become the ones that the triggers want. It can be repeated at any time.

A change of a contact sets its `plan_at` in the transaction of the change, so planning that was lost to a
crash is found by the next tick. An occurrence that has a message stays as it is: its id is the same whenever
it is derived, so it is never planned twice. So does one that was left out, until its trigger is moved to a
later time of its day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.conversation.occurrences import occurrence_id
from shared.conversation.people import living
from shared.errors import Retry
from shared.models.occurrence import Occurrence
from shared.models.people import Contact, Standing
from shared.models.tenant import Tenant
from shared.models.trigger import Trigger
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where
from shared.triggers import calendar
from shared.triggers.people import values_of
from shared.triggers.rules import Rule
from shared.triggers.wanting import Wanted, allows, at, wanted

#: The most open occurrences of one contact that are looked at.
LIMIT = 500
#: The most occurrences in a row that have ended: those of 26 hours, LEAST apart (formats/cron.py).
_ENDED = 110


class Planner:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def plan(self, tenant: Tenant, rules: Sequence[Rule], contact: str) -> None:
        """Plans a contact's occurrences of all rules, which must be all of the tenant's."""
        changed = await self._store.transaction(lambda tx: self._plan(tx, tenant, rules, contact))
        if changed:
            logs.logger().info("planned", tenant=tenant.tenant, contact=contact, occurrences=changed)

    async def adopt(self, tenant: Tenant, rule: Rule, contact: str) -> None:
        """Plans a contact's occurrences of one rule, and leaves those of all others."""
        await self._store.transaction(lambda tx: self._plan(tx, tenant, [rule], contact, only=rule.name))

    async def _plan(
        self, tx: Transaction, tenant: Tenant, rules: Sequence[Rule], name: str, *, only: str = ""
    ) -> int:
        now = self._clock.now()
        contact = await living(tx, tenant.tenant, name)
        known = await self._known(tx, tenant.tenant, [name, *_names(contact)])
        if only:
            known = {id: each for id, each in known.items() if each.trigger == only}
        if contact is None:
            for each in known.values():
                each.close("cancelled", "the person is no longer known", now)
                tx.put(each)
            return len(known)
        since = min(contact.plan_at or now, now)
        found, closed = {}, {}
        for one in wanted(tenant, rules, contact, known, since, now):
            free = one if one.id in known else await unended(tx, tenant, contact, one, now)
            if free is None:
                continue
            found[free.id] = free
            before = await tx.get(Occurrence, tenant=tenant.tenant, occurrence=free.id)
            if before is not None:
                closed[free.id] = before
        by_name = {rule.name: rule for rule in rules}
        writes = _merge(tenant, contact, known | closed, found, by_name, now)
        names = dict.fromkeys(each.trigger for each in writes)
        await _check(tx, [by_name[name] for name in names if name in by_name])
        if not only and contact.plan_at is not None and contact.plan_at <= now:
            contact.plan_at = None
            tx.put(contact)
        for each in writes:
            tx.put(each)
        return len(writes)

    async def _known(self, tx: Transaction, tenant: str, contacts: Sequence[str]) -> dict[str, Occurrence]:
        """Returns the open occurrences of contacts that are one person."""
        known: dict[str, Occurrence] = {}
        for contact in dict.fromkeys(contacts):
            where = [Where("contact", "==", contact), Where("state", "==", "planned")]
            found = await tx.query(Occurrence, where=where, limit=LIMIT, tenant=tenant)
            known |= {each.occurrence: each for each in found}
        return known


async def _check(tx: Transaction, rules: Sequence[Rule]) -> None:
    """Raises Retry if a trigger has changed since its rule was read: what its walk planned must stay."""
    for rule in rules:
        found = await tx.get(Trigger, tenant=rule.trigger.tenant, trigger=rule.name)
        if found is None or (found.definition, found.state) != (rule.trigger.definition, rule.trigger.state):
            raise Retry("trigger_has_changed", after=1)


async def unended(
    tx: Transaction, tenant: Tenant, contact: Contact, one: Wanted, now: datetime
) -> Wanted | None:
    """Returns the first occurrence from this one on that the person has not had, None if there is none.

    Local times come again for people who fly west, after an edit is taken back, and if contacts are merged.
    """
    values = values_of(tenant, contact, one.zone, now)
    for _ in range(_ENDED):
        if not await _had(tx, contact, one):
            return one
        local = calendar.following(one.rule.definition.when, values, one.zone, one.local)
        if local is None:
            return None
        one = at(tenant, one.rule, contact, local, one.zone)
    return None


async def _had(tx: Transaction, contact: Contact, one: Wanted) -> bool:
    """Whether the occurrence has ended for good, also under a contact that was merged into this one."""
    before = await tx.get(Occurrence, tenant=contact.tenant, occurrence=one.id)
    if before is not None:
        return not (before.open or one.renews(before))
    return await had_as_another(tx, contact, one.rule, one.local)


async def had_as_another(tx: Transaction, contact: Contact, rule: Rule, local: datetime) -> bool:
    """Whether the person had an occurrence under a contact that was merged into this one."""
    key = calendar.key(rule.definition.when, local)
    for former in contact.absorbed:
        id = occurrence_id(rule.name, former, key)
        found = await tx.get(Occurrence, tenant=contact.tenant, occurrence=id)
        if found is not None and found.message and found.state in ("sent", "failed"):
            return True
    return False


def _merge(
    tenant: Tenant,
    contact: Contact,
    known: Mapping[str, Occurrence],
    found: Mapping[str, Wanted],
    rules: Mapping[str, Rule],
    now: datetime,
) -> list[Occurrence]:
    """Returns the documents to write so that the open occurrences are those that were found."""
    writes = []
    for id, one in found.items():
        before = known.get(id)
        if before is None:
            writes.append(one.document(tenant.tenant, contact.contact, now))
        elif one.renews(before) or (before.open and one.differs(before)):
            one.onto(before)
            writes.append(before)
    for id, each in known.items():
        why = "" if id in found or not each.open else _obsolete(each, contact, rules)
        if why:
            each.close("cancelled", why, now)
            writes.append(each)
    return writes


def _obsolete(occurrence: Occurrence, contact: Contact, rules: Mapping[str, Rule]) -> str:
    """Returns why an open occurrence is not wanted any more, "" if it is one that something began."""
    rule = rules.get(occurrence.trigger)
    if occurrence.contact != contact.contact:
        return f"the person is {contact.contact} now"
    if contact.standing != Standing.OPEN:
        return f"the person is {contact.standing.replace('_', ' ')}"
    if rule is None:
        return "the trigger is gone, or its definition is wrong"
    if rule.trigger.state != "active":
        return "" if rule.trigger.state == "paused" else "the trigger is stopped"
    if not allows(contact, rule.definition):
        return f"the person allows no {rule.definition.kind} messages"
    if not rule.ahead:
        return ""
    if occurrence.revision != rule.revision:
        return "the trigger has changed"
    return "the person's attributes have changed"


def _names(contact: Contact | None) -> list[str]:
    return [contact.contact, *contact.absorbed] if contact is not None else []
