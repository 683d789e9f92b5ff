"""Occurrences that a rule wants for a contact: their times, and which of them the person has not had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32
from zoneinfo import ZoneInfo

from shared.conversation.occurrences import occurrence_id
from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.platform.store import Transaction
from shared.tenants.local_time import allowed, instant
from shared.triggers import calendar
from shared.triggers.people import values_of
from shared.triggers.rules import Rule

#: The most occurrences in a row that have ended: those of 26 hours, LEAST apart (formats/cron.py).
_ENDED = 110


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

    def onto(self, known: Occurrence) -> None:
        """Moves an occurrence to this time, or plans it again if it was cancelled."""
        known.local, known.zone = self.local.isoformat(timespec="minutes"), self.zone.key
        known.planned_for, known.revision, known.slot_at = self.at, self.rule.revision, None
        known.move(self.at, self.why)


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
        return not (before.open or before.revocable)
    return await had_as_another(tx, contact, one.rule, one.local)


async def had_as_another(tx: Transaction, contact: Contact, rule: Rule, local: datetime) -> bool:
    """Whether the person had an occurrence under a contact that was merged into this one."""
    key = calendar.key(rule.definition.when, local)
    for former in contact.absorbed:
        id = occurrence_id(rule.name, former, key)
        found = await tx.get(Occurrence, tenant=contact.tenant, occurrence=id)
        if found is not None and found.state in ("sent", "failed"):
            return True
    return False


def spread(moment: datetime, id: str) -> datetime:
    """Returns an instant of the second after the moment, by the id: a page of due occurrences can then begin
    after the last one of the page before."""
    return moment + timedelta(microseconds=crc32(id.encode()) % 1_000_000)
