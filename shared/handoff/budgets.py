"""Notices that a day's budget for language models is nearly, or wholly, used up: once for each share.

Instances note the share in the day's document, which makes it due; the tick then tells administrators at
80 %, supervisors too at 100 %, each by the first of their ways that works.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from shared import notifiers
from shared.conversation import outbox
from shared.errors import ConfigurationError, Drop, Retry
from shared.handoff.ladder import AT_ONCE, CONTACTS, Target, members, targets
from shared.handoff.telling import Telling
from shared.language.texts import text
from shared.models.parts import Text
from shared.models.people import plain_id
from shared.models.staff import Member
from shared.models.tenant import Tenant
from shared.models.usage import SPENT, UsageDay
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.platform.store import AlreadyExists, Store, Transaction, Where
from shared.tenants import roster
from shared.tenants.directory import Directory

#: Days that one tick works on, and how long one worker has for a day before another takes it up.
LIMIT, UNDER_WAY = 50, timedelta(minutes=5)
#: How often it is tried if nobody could be told.
TRIES = 3


class Budgets:
    def __init__(
        self, store: Store, clock: Clock, directory: Directory, telling: Telling, publisher: Publisher
    ) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._telling, self._publisher = telling, publisher

    async def run(self) -> int:
        """Tells of the shares that are due; returns their number."""
        due = [Where("due_at", "<=", self._clock.now())]
        found = await self._store.query(UsageDay, where=due, order="due_at", limit=LIMIT)
        return sum([await self._tell(day) for day in found])

    async def _tell(self, seen: UsageDay) -> bool:
        """Tells of a day's highest share that was not told yet; returns whether anybody was told."""
        claimed = await self._store.transaction(lambda tx: self._claim(tx, seen))
        if claimed is None:
            return False
        day, share = claimed
        tenant = await self._directory.tenant(day.tenant)
        people = _readers(tenant, share) if tenant else {}
        told = [await self._told(tenant, day, share, *each) for each in people.items()] if tenant else []
        await self._store.transaction(lambda tx: self._settle(tx, day, share, any(told)))
        if not any(told):
            logs.logger().error("budget_untold", tenant=day.tenant, share=share)
        return any(told)

    async def _claim(self, tx: Transaction, seen: UsageDay) -> tuple[UsageDay, int] | None:
        """Takes a day for this worker; None if another has it, or if there is nothing to tell."""
        day = await tx.get(UsageDay, tenant=seen.tenant, day=seen.day)
        now = self._clock.now()
        if day is None or day.due_at is None or now < day.due_at:
            return None
        share = max(set(day.reached) - set(day.told), default=0)
        day.due_at = now + UNDER_WAY if share else None
        day.attempts += 1
        tx.put(day)
        return (day, share) if share else None

    async def _settle(self, tx: Transaction, seen: UsageDay, share: int, told: bool) -> None:
        """Notes that a share, and any lower one, was told, or is not tried any more."""
        day = await tx.get(UsageDay, tenant=seen.tenant, day=seen.day)
        if day is None:
            return
        if told or day.attempts >= TRIES:
            day.told = sorted({*day.told, *(each for each in day.reached if each <= share)})
            day.due_at = self._clock.now() if set(day.reached) - set(day.told) else None
        tx.put(day)

    async def _told(self, tenant: Tenant, day: UsageDay, share: int, name: str, member: Member) -> bool:
        """Tells one person by the first way that works; returns whether one did."""
        key = "staff_budget_used" if share >= SPENT else "staff_budget_reached"
        language = roster.reader(tenant, name)
        cap, told = f"{day.cap:.2f}", str(share)
        words = text(tenant, language, key, name=tenant.name, share=told, cap=cap)
        for target in targets(name, member):
            notice = plain_id(f"budget-{day.day}-{share}-{name}-{target.label}")
            try:
                if target.way.notifier:
                    done = await self._notified(tenant, target, notice, words, language)
                else:
                    done = await self._queued(tenant, target, notice, words)
            except (Retry, ConfigurationError, Drop) as error:
                logs.logger().error("budget_notice_failed", way=target.label, **logs.describe(error))
                continue
            if done:
                return True
        return False

    async def _notified(self, tenant: Tenant, target: Target, notice: str, words: str, language: str) -> bool:
        """Sends a notice by a notifier; one that may have arrived is not repeated."""
        title, _, _ = words.partition(". ")
        about = notifiers.Notice(notice, "news", tenant.name, notice, title, words, language)
        notifier = self._directory.notifier(tenant, target.way.notifier)
        result = await notifier.notify(target.way.to, about)
        if isinstance(result, notifiers.Told | notifiers.Unclear):
            return True
        logs.logger().error("notifier_failed", notifier=target.way.notifier, reason=result.reason)
        return False

    async def _queued(self, tenant: Tenant, target: Target, notice: str, words: str) -> bool:
        """Queues a message in the person's own conversation with us, once; False if there can be none."""

        async def work(tx: Transaction) -> str:
            now = self._clock.now()
            found = await self._telling.desk(tx, tenant, target, now)
            if found is None:
                return ""
            desk, written = found
            for document in written:
                tx.put(document)
            terms = await self._directory.terms(tenant.tenant, desk.channel)
            draft = outbox.Draft(notice, [Text(text=words)], staff=target.staff, keeps_offer=True)
            outbox.queue(tx, desk, draft, terms, now)
            tx.put(desk)
            return desk.conversation

        try:
            conversation = await self._store.transaction(work)
        except AlreadyExists:  # an earlier attempt queued it
            return True
        if conversation:
            await outbox.announce(self._publisher, tenant.tenant, conversation, notice)
        return bool(conversation)


def _readers(tenant: Tenant, share: int) -> Mapping[str, Member]:
    """Returns administrators and the organisation's contacts, at 100 % supervisors too; else all staff."""
    everyone = members(tenant)
    names = {CONTACTS, *roster.administrators(tenant)}
    if share >= SPENT:
        names |= set(roster.supervisors(tenant))
    found = {name: member for name, member in everyone.items() if name in names and member.ways}
    reachable = found or {name: member for name, member in everyone.items() if member.ways}
    return dict(list(reachable.items())[:AT_ONCE])
