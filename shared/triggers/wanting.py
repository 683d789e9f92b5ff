"""The occurrences that a tenant's triggers want for one contact: pure, without a store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from shared.conversation.occurrences import occurrence_id
from shared.models.attributes import Value
from shared.models.definition import Cron, Definition, Once
from shared.models.occurrence import Occurrence
from shared.models.people import Contact, Standing
from shared.models.tenant import Tenant
from shared.tenants.local_time import allowed, instant, zone_of
from shared.triggers import calendar
from shared.triggers.people import values_of
from shared.triggers.rules import Rule

#: An occurrence whose time has passed before it became known is planned all the same within this time.
_GRACE = timedelta(hours=12)


@dataclass(frozen=True)
class Wanted:
    """An occurrence that a rule wants for a contact: its id, its local time and zone.

    `at` is its instant moved out of quiet hours and holidays, and `why` the reason if it was moved.
    """

    rule: Rule
    id: str
    local: datetime
    zone: ZoneInfo
    at: datetime
    why: str

    def document(self, tenant: str, contact: str, now: datetime) -> Occurrence:
        """Returns the new occurrence."""
        return Occurrence(
            tenant=tenant,
            occurrence=self.id,
            trigger=self.rule.name,
            contact=contact,
            local=self.local.isoformat(timespec="minutes"),
            zone=self.zone.key,
            planned_for=self.at,
            due_at=self.at,
            why=self.why,
            revision=self.rule.revision,
            created_at=now,
        )

    def differs(self, known: Occurrence) -> bool:
        """Whether the occurrence as it was planned has another time or definition."""
        local = self.local.isoformat(timespec="minutes")
        return (known.local, known.zone, known.planned_for, known.revision) != (
            local,
            self.zone.key,
            self.at,
            self.rule.revision,
        )

    def renews(self, known: Occurrence) -> bool:
        """Whether an occurrence that has ended without a message is planned again for this time.

        It was cancelled; or it was left out, and an edit of its trigger has moved it to a later time since.
        """
        if known.revocable:
            return True
        ended = None if known.message or known.held else known.closed_at
        return ended is not None and known.revision != self.rule.revision and ended < self.at

    def onto(self, known: Occurrence) -> None:
        """Moves an occurrence to this time, or plans it again if it has ended without a message."""
        known.local, known.zone = self.local.isoformat(timespec="minutes"), self.zone.key
        known.planned_for, known.revision, known.slot_at = self.at, self.rule.revision, None
        known.move(self.at, self.why)


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


def at(tenant: Tenant, rule: Rule, contact: Contact, local: datetime, zone: ZoneInfo) -> Wanted:
    """Returns the occurrence of a rule for a contact at a local time."""
    definition = rule.definition
    id = occurrence_id(rule.name, contact.contact, calendar.key(definition.when, local))
    moment, why = allowed(
        tenant,
        zone,
        instant(local, zone),
        quiet=definition.quiet == "move",
        holidays=definition.holidays == "move",
    )
    return Wanted(rule, id, local, zone, spread(moment, id), why)


def allows(contact: Contact, definition: Definition) -> bool:
    """Whether the person may get messages of this kind, as far as the contact says.

    Consent that follows from their own messages is looked at when a message is due.
    """
    permission = contact.permissions.get(definition.kind)
    if contact.standing != Standing.OPEN:
        return False
    return permission.given if permission is not None else definition.kind == "service"


def spread(moment: datetime, id: str) -> datetime:
    """Returns an instant of the second after the moment, by the id: a page of due occurrences can then begin
    after the last one of the page before."""
    return moment + timedelta(microseconds=crc32(id.encode()) % 1_000_000)


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
