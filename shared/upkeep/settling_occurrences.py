"""Settling of a restored database: messages of triggers that were due may have been sent since.

An occurrence that was due is closed without a message, unless the message is there, which an import in place
leaves. What is planned anew after the restore has a time after it, so that changes that were still to be
planned, broadcasts that were being planned and silences that were still to be noticed send nothing again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from shared.conversation.conversation import Conversation
from shared.conversation.people import living
from shared.models.message import Outbound
from shared.models.occurrence import RESTORED, Occurrence
from shared.models.trigger import Trigger
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where
from shared.upkeep.open_work import walk

#: Stands for a conversation in the names of occurrences for operators; no conversation has this name.
SCHEDULE = "schedule"
#: The most conversations of one contact.
_CONVERSATIONS = 20


class Occurrences:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def settle(self, since: datetime, until: datetime) -> AsyncIterator[Occurrence]:
        """Settles what was open at `since`, the moment of the data, and may have been sent until `until`.

        Yields the occurrences that are held.
        """
        async for trigger in walk(self._store, Trigger):
            await self._store.transaction(lambda tx, t=trigger: _restored(tx, t, until))  # type: ignore[misc]
        async for one in walk(self._store, Occurrence):
            if one.due_at is None or one.due_at > until:
                return
            if one.created_at <= since and await self._store.transaction(
                lambda tx, o=one: self._hold(tx, o)  # type: ignore[misc]
            ):
                yield one

    async def _hold(self, tx: Transaction, seen: Occurrence) -> bool:
        """Ends an occurrence; returns whether it is not known to have been sent. Its contact is planned
        anew, so that a recurring trigger goes on."""
        now = self._clock.now()
        one = await tx.get(Occurrence, tenant=seen.tenant, occurrence=seen.occurrence)
        if one is None or not one.open:
            return False
        sent = await self._message(tx, one)
        contact = await living(tx, one.tenant, one.contact)
        if sent is None:
            one.close("skipped", RESTORED, now)
        else:
            one.conversation, one.message = sent.conversation, sent.message
            one.close("sent", f"sent on {sent.channel}", now)
        tx.put(one)
        if contact is not None:
            contact.plan_at = min(contact.plan_at or now, now)
            tx.put(contact)
        return sent is None

    async def _message(self, tx: Transaction, one: Occurrence) -> Outbound | None:
        """Returns the occurrence's message, None if it is not in this database."""
        where = [Where("contact", "==", one.contact)]
        for each in await tx.query(Conversation, where=where, limit=_CONVERSATIONS, tenant=one.tenant):
            keys = {"tenant": one.tenant, "conversation": each.conversation}
            found = await tx.get(Outbound, **keys, message=one.occurrence)
            if found is not None:
                return found
        return None


async def release(tx: Transaction, tenant: str, occurrence: str, now: datetime) -> bool:
    """Makes a held occurrence due. Returns False if it is not held."""
    one = await tx.get(Occurrence, tenant=tenant, occurrence=occurrence)
    if one is None or not one.held:
        return False
    one.release(now)
    tx.put(one)
    return True


def place(one: Occurrence) -> str:
    """Returns an occurrence's name for operators."""
    return f"{one.tenant}/{SCHEDULE}/{one.occurrence}"


async def _restored(tx: Transaction, seen: Trigger, until: datetime) -> None:
    trigger = await tx.get(Trigger, tenant=seen.tenant, trigger=seen.trigger)
    if trigger is not None:
        trigger.restored_at = max(trigger.restored_at or until, until)
        tx.put(trigger)
