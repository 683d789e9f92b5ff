"""The outlook of a trigger for one person: the message that they would get next, or why not.

Nothing is written. It goes through the checks of a message that is due, as if its time had come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.conversation.conversation import Conversation
from shared.conversation.occurrences import occurrence_id
from shared.models.definition import After, Before, Birthday, Happening, Once, length
from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.models.trigger import Confirmation
from shared.platform.clock import Clock, Ids
from shared.platform.store import Store, Transaction, Where
from shared.tenants.directory import Directory
from shared.tenants.listening import silence
from shared.tenants.local_time import zone_of
from shared.triggers import calendar, silences, wanting
from shared.triggers.beginning import said
from shared.triggers.deciding import Case, End, Wait, condition, decide, standing
from shared.triggers.people import values_of
from shared.triggers.reaching import Reaching
from shared.triggers.rules import Rule
from shared.triggers.wording import Worded

#: Most open occurrences and conversations of one person that are read.
_LIMIT = 100
_OVER = ("sent", "skipped", "failed")


@dataclass(frozen=True)
class Outlook:
    """What one person would get.

    `at` is None if the trigger has no time for them; `late` says why it is later than the trigger's own time.

    `why` says why they get nothing, "" if they do. Then `channel` and `worded` say how: in free words, or by
    the network's approved template if not `free`.
    """

    contact: Contact
    zone: ZoneInfo
    at: datetime | None = None
    late: str = ""
    why: str = ""
    channel: str = ""
    worded: Worded | None = None
    free: bool = True


class _Person(NamedTuple):
    """A person with all that a decision needs beside the occurrence."""

    tenant: Tenant
    rule: Rule
    contact: Contact
    conversations: Sequence[Conversation]
    zone: ZoneInfo

    def case(self, one: Occurrence, now: datetime) -> Case:
        values = values_of(self.tenant, self.contact, self.zone, now)
        return Case(self.tenant, self.rule, one, self.contact, self.conversations, self.zone, values, now)

    def occurrence(self, at: datetime, now: datetime, **facts: Any) -> Occurrence:
        """Returns an occurrence at this instant, moved out of quiet hours and holidays."""
        local = at.astimezone(self.zone).replace(tzinfo=None)
        one = wanting.at(self.tenant, self.rule, self.contact, local, self.zone)
        document = one.document(self.tenant.tenant, self.contact.contact, now)
        document.facts = facts
        return document


class Outlooks:
    def __init__(self, store: Store, clock: Clock, ids: Ids, directory: Directory) -> None:
        self._store, self._clock = store, clock
        self._reaching = Reaching(directory, ids)

    async def of(self, tenant: Tenant, rule: Rule, contact: Contact) -> Outlook:
        """Returns the outlook, as if the trigger were active and a broadcast confirmed."""
        rule = _in_force(rule, self._clock.now())
        return await self._store.transaction(lambda tx: self._look(tx, tenant, rule, contact))

    async def _look(self, tx: Transaction, tenant: Tenant, rule: Rule, contact: Contact) -> Outlook:
        where = [Where("contact", "==", contact.contact)]
        found = await tx.query(Conversation, where=where, limit=_LIMIT, tenant=tenant.tenant)
        conversations = [each for each in found if not each.merged_into]
        person = _Person(tenant, rule, contact, conversations, zone_of(tenant, contact))
        now = self._clock.now()
        one = await (self._planned if rule.ahead else self._begun)(tx, person, now)
        if isinstance(one, Occurrence):
            return await self._decided(tx, person.case(one, max(now, one.due_at or now)))
        case = person.case(person.occurrence(now, now), now)
        refused = standing(case) or condition(case)
        return Outlook(contact, person.zone, why=refused.why if refused else one)

    async def _planned(self, tx: Transaction, person: _Person, now: datetime) -> Occurrence | str:
        """Returns the next occurrence that is planned ahead, or why there is none."""
        tenant, rule, contact, _, zone = person
        where = [Where("contact", "==", contact.contact), Where("state", "==", "planned")]
        found = await tx.query(Occurrence, where=where, limit=_LIMIT, tenant=tenant.tenant)
        known = {each.occurrence: each for each in found if each.trigger == rule.name}
        values = values_of(tenant, contact, zone, now)
        one = next(wanting.wanted(tenant, [rule], contact, known, now, now), None)
        if one is None:
            return _no_time(rule, person.case(person.occurrence(now, now), now))
        before = await tx.get(Occurrence, tenant=tenant.tenant, occurrence=one.id)
        if before is not None and before.state in _OVER:
            local = calendar.following(rule.definition.when, values, zone, one.local)
            if local is None:
                return f"{before.state} before: {before.why}"
            one = wanting.at(tenant, rule, contact, local, zone)
        return one.document(tenant.tenant, contact.contact, now)

    async def _begun(self, tx: Transaction, person: _Person, now: datetime) -> Occurrence | str:
        """Returns an occurrence of something that happens now, or of the person's present silence."""
        when, span = person.rule.definition.when, silence(person.rule.definition)
        if isinstance(when, Happening):
            delayed = now + length(when.delay) if when.delay else now
            return person.occurrence(delayed, now, event=when.event, attribute=when.attribute or "")
        heard = [(each.writer.heard_at, each) for each in person.conversations if each.writer.heard_at]
        if not heard or span is None:
            return "the person has never written"
        at, last = max(heard, key=lambda each: each[0])
        id = occurrence_id(person.rule.name, person.contact.contact, silences.key(last, at))
        before = await tx.get(Occurrence, tenant=person.tenant.tenant, occurrence=id)
        if before is not None and before.state in _OVER:
            return f"{before.state} before: {before.why}"
        return person.occurrence(max(now, at + span), now, channel=last.channel, heard_at=at.isoformat())

    async def _decided(self, tx: Transaction, case: Case) -> Outlook:
        outlook = Outlook(case.contact, case.zone, case.now, case.occurrence.why)
        verdict = decide(case)
        if isinstance(verdict, Wait):
            outlook = replace(outlook, at=verdict.until, late=verdict.why)
        elif verdict is not None:
            return replace(outlook, why=verdict.why)
        way = await self._reaching.find(tx, case)
        if isinstance(way, End):
            return replace(outlook, why=way.why)
        worded = said(case, way)
        if isinstance(worded, End):
            return replace(outlook, why=worded.why)
        return replace(outlook, channel=way.conversation.channel, worded=worded, free=way.free)


def _in_force(rule: Rule, now: datetime) -> Rule:
    """Returns the rule as if its trigger were active, and confirmed if it is a broadcast."""
    found = replace(rule, trigger=rule.trigger.model_copy(update={"state": "active"}))
    if not found.active:
        found.trigger.confirmed = Confirmation(count=0, by="", at=now, revision=rule.revision)
    return found


def _no_time(rule: Rule, case: Case) -> str:
    match rule.definition.when:
        case Before(before=name) | After(after=name) | Birthday(birthday=name) if name not in case.values:
            return f"{name} is not known of this person"
        case Once():
            return "the person became known after the broadcast was confirmed"
    return "its time has passed"
