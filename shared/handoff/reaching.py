"""The way to a phone number through a channel of the tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.channels import Channel
from shared.conversation import people
from shared.conversation.arrivals import of_contact
from shared.conversation.conversation import Conversation
from shared.models.people import Address, Contact, Identity, Standing
from shared.platform.clock import Ids
from shared.platform.store import Transaction
from shared.tenants.directory import Directory

#: The conversation with the number's person, its channel, and new documents about them.
Reach = tuple[Conversation, Channel, Sequence[Contact | Identity]]


@dataclass(frozen=True)
class _Reached:
    """News that a person is written to for the first time, in the form of an event
    (conversation/people.py)."""

    tenant: str
    peer: Address
    at: datetime
    id: str = ""
    order: int = 0


class Reaching:
    def __init__(self, directory: Directory, ids: Ids) -> None:
        self._directory, self._ids = directory, ids

    async def reach(self, tx: Transaction, tenant: str, name: str, to: str, now: datetime) -> Reach | str:
        """Returns the conversation with a number on a channel, new or known, or why it cannot be used."""
        channel = await self._directory.channel(tenant, name)
        if channel is None:
            return "channel_is_gone"
        address = channel.address(to)
        if address is None:
            return "no_such_address"
        person = await people.meet(tx, _Reached(tenant, address, now), self._ids, now)
        if person.standing != Standing.OPEN:
            return str(person.standing)
        found = await of_contact(tx, tenant, name, person.contact, address, self._ids, now)
        return found, channel, person.writes
