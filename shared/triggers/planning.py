"""Planning: a contact's occurrences become the ones that the triggers want. It can be repeated at any time.

A change of a contact sets its `plan_at` in the transaction of the change, so planning that was lost to a
crash is found by the next tick. An occurrence that was sent, skipped or failed stays as it is: its id is the
same whenever it is derived, so it is never planned twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.conversation.people import living
from shared.errors import Retry
from shared.models.attributes import Value
from shared.models.definition import Cron, Definition, Once
from shared.models.occurrence import Occurrence
from shared.models.people import Contact, Standing
from shared.models.tenant import Tenant
from shared.models.trigger import Trigger
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where
from shared.tenants.local_time import zone_of
from shared.triggers import calendar
from shared.triggers.people import values_of
from shared.triggers.rules import Rule
from shared.triggers.wanting import Wanted, at, unended

#: The most open occurrences of one contact that are looked at.
LIMIT = 500
#: An occurrence whose time has passed before it became known is planned all the same within this time.
_GRACE = timedelta(hours=12)


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
        await _check(tx, [by_name[name] for name in {each.trigger for each in writes} & by_name.keys()])
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


def wanted(
    tenant: Tenant,
    rules: Sequence[Rule],
    contact: Contact,
    known: Mapping[str, Occurrence],
    since: datetime,
    now: datetime,
) -> Iterator[Wanted]:
    """Yields one occurrence for each rule that wants one for the contact, from `since` on.

    `known` are the contact's open occurrences: of a recurring trigger, the open one stays while its time is
    right, unless an earlier time is wanted now.
    """
    zone = zone_of(tenant, contact)
    values = values_of(tenant, contact, zone, now)
    for rule in rules:
        if not (rule.active and rule.ahead and allows(contact, rule.definition)):
            continue
        if not rule.meant_for(values, later=True):
            continue
        if isinstance(rule.definition.when, Once) and not _confirmed_for(rule, contact):
            continue
        times = _open_time(rule, known, contact, zone, values), _first(rule, values, zone, since)
        local = min(filter(None, times), default=None)
        if local is None:
            continue
        one = at(tenant, rule, contact, local, zone)
        timely = isinstance(rule.definition.when, Once | Cron) or one.at >= since - _GRACE
        if one.id in known or (timely and rule.may_plan(one.at)):
            yield one


async def _check(tx: Transaction, rules: Sequence[Rule]) -> None:
    """Raises Retry if a trigger has changed since its rule was read: what its walk planned must stay."""
    for rule in rules:
        found = await tx.get(Trigger, tenant=rule.trigger.tenant, trigger=rule.name)
        if found is None or (found.definition, found.state) != (rule.trigger.definition, rule.trigger.state):
            raise Retry("trigger_has_changed", after=1)


def allows(contact: Contact, definition: Definition) -> bool:
    """Whether the person may get messages of this kind, as far as the contact says.

    Consent that follows from their own messages is looked at when a message is due.
    """
    permission = contact.permissions.get(definition.kind)
    if contact.standing != Standing.OPEN:
        return False
    return permission.given if permission is not None else definition.kind == "service"


def _confirmed_for(rule: Rule, contact: Contact) -> bool:
    """Whether the contact was there when the broadcast was confirmed, so that the count names them too."""
    confirmed = rule.trigger.confirmed
    return confirmed is not None and contact.created_at <= confirmed.at


def _open_time(
    rule: Rule, known: Mapping[str, Occurrence], contact: Contact, zone: ZoneInfo, values: Mapping[str, Value]
) -> datetime | None:
    """Returns the local time of the rule's open occurrence for the contact, None if none is right."""
    for each in known.values():
        local = datetime.fromisoformat(each.local)
        mine = each.trigger == rule.name and each.contact == contact.contact
        if mine and calendar.right(rule.definition.when, values, zone, local):
            return local
    return None


def _first(rule: Rule, values: Mapping[str, Value], zone: ZoneInfo, since: datetime) -> datetime | None:
    when = rule.definition.when
    if isinstance(when, Once) and rule.trigger.confirmed is not None:
        since = rule.trigger.confirmed.at
    elif not isinstance(when, Cron):
        since -= _GRACE
    if not rule.may_plan(since) and not isinstance(when, Once):
        since = rule.trigger.restored_at or since
    local = since.astimezone(zone).replace(tzinfo=None)
    if isinstance(when, Cron):
        local += timedelta(minutes=1)
    return calendar.first(when, values, zone, local.replace(second=0, microsecond=0))


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
        elif before.revocable or (before.open and one.differs(before)):
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
