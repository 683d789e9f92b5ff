"""Firing: occurrences that are due become messages, wait, or end. One transaction each.

Claiming the occurrence, queueing its message under the occurrence's own id, closing it and planning the next
one happen together, so a repeat of the event, a second scheduler or a crash never sends one twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from shared.conversation import outbox
from shared.conversation.conversation import Conversation
from shared.conversation.people import living
from shared.errors import Drop
from shared.models.definition import Happening, length
from shared.models.document import Document
from shared.models.events import OccurrencesDue
from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock, Ids
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction, Where
from shared.tenants.directory import Directory
from shared.tenants.local_time import allowed, zone_of
from shared.triggers import calendar
from shared.triggers.beginning import queue, said
from shared.triggers.deciding import Case, End, Wait, decide
from shared.triggers.people import values_of
from shared.triggers.planning import had_as_another, unended
from shared.triggers.reaching import Reaching
from shared.triggers.rules import Batch, Rule
from shared.triggers.slots import Slots
from shared.triggers.wanting import at, spread

#: Occurrences of one event that are worked on at the same time.
_AT_ONCE = 8
#: The most conversations of one contact.
_CONVERSATIONS = 20
#: A slot of the channel's pace that is later than this becomes the occurrence's own time.
_SOON = timedelta(seconds=30)


@dataclass(frozen=True)
class Fired:
    """The result of one occurrence: how it is now, and the conversation with its message to send, if any."""

    occurrence: Occurrence
    queued: str = ""


class Firing:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        directory: Directory,
        publisher: Publisher,
        pause: Pause,
    ) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._publisher, self._pause = publisher, pause
        self._reaching = Reaching(directory, ids)

    async def handle(self, event: OccurrencesDue) -> None:
        """Works on the event's occurrences.

        Raises Drop if the tenant is gone or the deployment is paused, and the error of one occurrence after
        all others are done.
        """
        await self._pause.check()
        tenant = await self._directory.tenant(event.tenant)
        if tenant is None:
            raise Drop("tenant_is_gone")
        rules = Batch(self._store, tenant)
        slots = Slots(self._store, self._clock, tenant.tenant, len(event.occurrences))
        errors: list[BaseException] = []
        for begin in range(0, len(event.occurrences), _AT_ONCE):
            ids = event.occurrences[begin : begin + _AT_ONCE]
            ended = await asyncio.gather(
                *(self._fire(tenant, rules, slots, id) for id in ids), return_exceptions=True
            )
            errors += [each for each in ended if isinstance(each, BaseException)]
        await slots.give_back()
        if errors:
            raise errors[0]

    async def _fire(self, tenant: Tenant, rules: Batch, slots: Slots, id: str) -> None:
        fired = await self._store.transaction(lambda tx: self._work(tx, tenant, rules, slots, id))
        if fired is None:
            return
        one = fired.occurrence
        late = (self._clock.now() - one.planned_for).total_seconds()
        logs.logger().info(
            "occurrence",
            tenant=tenant.tenant,
            trigger=one.trigger,
            occurrence=one.occurrence,
            state=one.state,
            why=one.why,
            seconds=late,
        )
        if fired.queued:
            await outbox.announce(self._publisher, tenant.tenant, fired.queued, one.occurrence)

    async def _work(
        self, tx: Transaction, tenant: Tenant, rules: Batch, slots: Slots, id: str
    ) -> Fired | None:
        now = self._clock.now()
        one = await tx.get(Occurrence, tenant=tenant.tenant, occurrence=id)
        if one is None or not one.open or one.due_at is None or one.due_at > now:
            return None
        rule = await rules.get(one.trigger)
        contact = await living(tx, tenant.tenant, one.contact)
        if rule is None or contact is None or (contact.contact != one.contact and rule.ahead):
            return _end(tx, one, End("cancelled", _gone(rule, contact)), now)
        case = await self._case(tx, tenant, rule, one, contact)
        if one.revision != rule.revision and (moved := _revised(case)) is not None:
            return _wait(tx, one, moved)
        verdict = decide(case)
        if isinstance(verdict, Wait):
            one.waits += verdict.counts
            return _wait(tx, one, verdict)
        following = await self._following(tx, case)
        if verdict is None and rule.ahead and await had_as_another(tx, contact, rule, case.local):
            verdict = End("skipped", "the person had it before two contacts were merged")
        result = verdict or await self._send(tx, case, slots, following)
        if isinstance(result, Wait):
            return _wait(tx, one, result)
        if isinstance(result, Fired):
            return result
        self._go_on(tx, case, result, following)
        return _end(tx, one, result, now)

    def _go_on(self, tx: Transaction, case: Case, end: End, following: Sequence[Occurrence]) -> None:
        """Writes what follows an occurrence that ended without a message."""
        if end.state != "cancelled":
            for each in following:  # one that waited for this one takes over its place in the queue
                each.slot_at = case.occurrence.slot_at if each.due_at == case.occurrence.due_at else None
            _put(tx, following)
        elif case.rule.active and case.rule.ahead:  # it may have been planned before what changed
            case.contact.plan_at = min(case.contact.plan_at or case.now, case.now)
            tx.put(case.contact)

    async def _case(
        self, tx: Transaction, tenant: Tenant, rule: Rule, one: Occurrence, contact: Contact
    ) -> Case:
        now = self._clock.now()
        where = [Where("contact", "==", contact.contact)]
        found = await tx.query(Conversation, where=where, limit=_CONVERSATIONS, tenant=tenant.tenant)
        zone = zone_of(tenant, contact)
        values = values_of(tenant, contact, zone, now)
        conversations = [each for each in found if not each.merged_into]
        return Case(tenant, rule, one, contact, conversations, zone, values, now)

    async def _following(self, tx: Transaction, case: Case) -> list[Occurrence]:
        """Returns the next occurrence of a recurring trigger, to be written with the end of this one."""
        local = calendar.following(case.rule.definition.when, case.values, case.zone, _after(case))
        if local is None:
            return []
        next_one = at(case.tenant, case.rule, case.contact, local, case.zone)
        free = await unended(tx, case.tenant, case.contact, next_one, case.now)
        if free is None:
            return []
        known = await tx.get(Occurrence, tenant=case.tenant.tenant, occurrence=free.id)
        if known is None:
            known = free.document(case.tenant.tenant, case.contact.contact, case.now)
        elif free.renews(known):
            free.onto(known)
        else:
            return []
        before = case.occurrence
        if before.due_at is not None and known.planned_for < before.due_at:  # it waited for this one
            known.move(before.due_at, f"after the one of {before.local}")
        return [known]

    async def _send(
        self, tx: Transaction, case: Case, slots: Slots, following: Sequence[Occurrence]
    ) -> Fired | Wait | End:
        way = await self._reaching.find(tx, case)
        if isinstance(way, End):
            return way
        worded = said(case, way)
        if isinstance(worded, End):
            return worded
        one, terms = case.occurrence, way.channel.terms
        slot = one.slot_at or await slots.take(way.conversation.channel, terms, one.occurrence)
        if slot is not None and slot > case.now + _SOON:
            one.slot_at = slot
            return Wait(slot, "its channel's pace")
        queue(tx, case, way, worded, slot)
        _put(tx, following)
        return Fired(one, way.conversation.conversation)


def _revised(case: Case) -> Wait | None:
    """Adopts the trigger's present definition. Returns the time at which the occurrence is due by it, if that
    is later."""
    one, when = case.occurrence, case.rule.definition.when
    one.revision = case.rule.revision
    if not isinstance(when, Happening) or not when.delay or one.facts.get("delayed"):
        return None
    one.facts = {**one.facts, "delayed": True}
    definition = case.rule.definition
    moment, why = allowed(
        case.tenant,
        case.zone,
        one.created_at + length(when.delay),
        quiet=definition.quiet == "move",
        holidays=definition.holidays == "move",
    )
    one.planned_for, one.zone = moment, case.zone.key
    one.local = _local(moment, case.zone)
    return Wait(moment, why) if moment > case.now else None


def _after(case: Case) -> datetime:
    """Returns the local time after which the next occurrence is planned."""
    restored = case.rule.trigger.restored_at
    if restored is None:
        return case.local
    return max(case.local, restored.astimezone(case.zone).replace(tzinfo=None, second=0, microsecond=0))


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")


def _gone(rule: Rule | None, contact: Contact | None) -> str:
    if rule is None:
        return "the trigger is gone, or its definition is wrong"
    return f"the person is {contact.contact} now" if contact else "the person is no longer known"


def _wait(tx: Transaction, one: Occurrence, wait: Wait) -> Fired:
    one.move(spread(wait.until, one.occurrence), wait.why)
    tx.put(one)
    return Fired(one)


def _end(tx: Transaction, one: Occurrence, end: End, now: datetime) -> Fired:
    one.close(end.state, end.why, now)
    tx.put(one)
    return Fired(one)


def _put(tx: Transaction, documents: Sequence[Document]) -> None:
    for document in documents:
        if document.version is None:
            tx.create(document)
        else:
            tx.put(document)
