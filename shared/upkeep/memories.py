"""The memory of a person: facts and summaries, for an operator to show or to erase."""

from __future__ import annotations

from datetime import datetime

from shared.conversation import memory
from shared.conversation.conversation import Conversation
from shared.conversation.merging import conversations
from shared.models.people import Contact
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction
from shared.upkeep.people import named


class Memories:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def shown(self, tenant: str, name: str) -> list[Conversation] | None:
        """Returns the person's conversations, one for each channel; None if no contact has this name.

        `name` is the contact's id, its phone number, or its id in the organisation's own system.
        """
        contact = await named(self._store, tenant, name)
        return await self._store.transaction(lambda tx: conversations(tx, contact)) if contact else None

    async def erase(self, tenant: str, name: str) -> list[Conversation] | None:
        """Erases facts, summaries and recent histories of the person's conversations, and returns these."""
        contact = await named(self._store, tenant, name)
        if contact is None:
            return None
        return await self._store.transaction(lambda tx: _erase(tx, contact, self._clock.now()))


async def _erase(tx: Transaction, contact: Contact, now: datetime) -> list[Conversation]:
    found = await conversations(tx, contact)
    for conversation in found:
        memory.erase(conversation, now)
        tx.put(conversation)
    return found
