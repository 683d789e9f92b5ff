"""Replies to a member of staff who began a broadcast over chat: its count and words, then its result."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from shared.conversation import outbox
from shared.conversation.relaying import living
from shared.formats.templates import Absent
from shared.language.texts import text
from shared.models.administrator import Administrator, Waiting
from shared.models.message import Outbound
from shared.models.parts import Part, Text, as_text
from shared.models.tenant import Tenant
from shared.models.trigger import Asked, Trigger
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction
from shared.tenants import roster
from shared.tenants.directory import Directory
from shared.tenants.local_time import zone_of
from shared.triggers.broadcasts import Broadcasts
from shared.triggers.people import values_of
from shared.triggers.rules import Rule
from shared.triggers.wording import word


class _Preview(NamedTuple):
    """The number of people whom a broadcast is meant for, and its words for one of them."""

    people: int
    words: str


class Replies:
    def __init__(
        self, store: Store, clock: Clock, directory: Directory, publisher: Publisher, broadcasts: Broadcasts
    ) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._publisher, self._broadcasts = publisher, broadcasts

    async def tell(self, tenant: Tenant, rule: Rule) -> None:
        """Tells the member of staff who asked, in the transaction that forgets their question.

        A count waits there for its confirmation (models/administrator.py).
        """
        asked = rule.trigger.asked
        if asked is None:
            return
        preview = await self._preview(tenant, rule) if asked.step == "count" else None
        queued = await self._store.transaction(lambda tx: self._tell(tx, tenant, rule, asked, preview))
        if queued is not None:
            await outbox.announce(self._publisher, tenant.tenant, queued.conversation, queued.message)

    async def _preview(self, tenant: Tenant, rule: Rule) -> _Preview:
        count, words = 0, ""
        async for contact in self._broadcasts.meant(tenant, rule):
            count += 1
            if not words:
                values = values_of(tenant, contact, zone_of(tenant, contact), self._clock.now())
                try:
                    worded = word(tenant, rule.definition, rule.name, contact.language, values)
                except Absent:  # another person has the value
                    continue
                words = "\n".join(filter(None, map(_shown, worded.parts)))
        return _Preview(count, words)

    async def _tell(
        self, tx: Transaction, tenant: Tenant, rule: Rule, asked: Asked, preview: _Preview | None
    ) -> Outbound | None:
        keys = {"tenant": tenant.tenant}
        trigger = await tx.get(Trigger, **keys, trigger=rule.name)
        own = await tx.get(Administrator, **keys, staff=asked.staff)
        place = await living(tx, tenant.tenant, asked.conversation)
        if trigger is None or trigger.asked != asked:
            return None
        now = self._clock.now()
        trigger.asked, trigger.due_at = None, now
        terms = await self._directory.terms(tenant.tenant, place.channel) if place else None
        tx.put(trigger)
        if own is None or place is None or terms is None:
            return None
        if preview is not None and preview.people:
            own.waiting = _confirmation(rule.name, preview.people, asked, now)
            tx.put(own)
        parts: list[Part] = [Text(text=_words(tenant, trigger, asked, preview))]
        draft = outbox.Draft(_id(rule.name, asked), parts, staff=asked.staff)
        outbound = outbox.queue(tx, place, draft, terms, now)
        tx.put(place)
        return outbound


def _confirmation(name: str, count: int, asked: Asked, now: datetime) -> Waiting:
    return Waiting(
        step="number",
        word="broadcast",
        about=name,
        number=count,
        at=now,
        conversation=asked.conversation,
    )


def _words(tenant: Tenant, trigger: Trigger, asked: Asked, preview: _Preview | None) -> str:
    language, name = roster.reader(tenant, asked.staff), trigger.trigger
    if preview is None:
        confirmed = trigger.confirmed
        done = not trigger.refused and confirmed is not None and confirmed.at >= asked.at
        count = str(confirmed.count) if confirmed else ""
        key = "admin_broadcast_confirmed" if done else "admin_broadcast_changed"
        return text(tenant, language, key, name=name, count=count)
    key = "admin_broadcast_ready" if preview.people else "admin_broadcast_nobody"
    return text(tenant, language, key, name=name, count=str(preview.people), words=preview.words)


def _shown(part: Part) -> str:
    return getattr(part, "caption", "") or as_text(part)


def _id(name: str, asked: Asked) -> str:
    """Returns the id of the reply: one for each question."""
    return f"broadcast-{name}-{asked.step}-{int(asked.at.timestamp())}"
