"""Merging of contacts: one event proves that identities of two contacts are one person.

The contact of the steadiest identity stays. The conversations of the other are merged into its own: pending
messages move, all other messages stay stored under a conversation that is listed as an `earlier` one. So no
history is lost, and a repeat of an old message is still found.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import get_args

from shared.conversation import handoffs, people
from shared.conversation.absorbing import absorb
from shared.conversation.conversation import Conversation
from shared.conversation.people import Event
from shared.models.document import Document
from shared.models.people import Contact, Fact, FactName, Identity, identity_id, newest_fact
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where

#: Most conversations of one contact: one for each channel of its tenant, and the ones merged before.
_CONVERSATIONS = 50


class Merging:
    """Merges contacts that an event proves to be one person."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def unite(self, event: Event) -> None:
        """Merges the contacts that the event's identities had at its time.

        Reads nothing if there is one identity only, and one document if they are known together.
        """
        if len(event.peer.identities) > 1:
            await self.known(event)

    async def known(self, event: Event) -> people.Person | None:
        """Returns the person with one read if the event's identities are known together.

        Otherwise merges the contacts that they had at its time, and returns None.
        """
        person = await people.known(self._store, event)
        if person is None and len(event.peer.identities) > 1:
            await self._store.transaction(lambda tx: self._unite(tx, event))
        return person

    async def _unite(self, tx: Transaction, event: Event) -> None:
        tenant, names = event.tenant, [identity_id(name) for name in event.peer.identities]
        found = [await tx.get(Identity, tenant=tenant, identity=name) for name in names]
        held = dict.fromkeys(name for each in found if each and (name := each.contact_at(event.at)))
        if len(held) < 2:
            return
        living = [await people.living(tx, tenant, name) for name in held]
        stays, *others = {each.contact: each for each in living if each}.values()
        if not others:
            return
        writes: list[Document] = []
        for other in others:
            writes += await self._conversations(tx, stays, other)
        writes += await _identities(tx, stays, others)
        writes += [_merged_contact(stays, others), *others]
        logs.logger().info("contacts_merged", contact=stays.contact, merged=len(others))
        for document in writes:
            tx.put(document)

    async def _conversations(self, tx: Transaction, stays: Contact, other: Contact) -> list[Document]:
        """Merges the other contact's conversations, each into the one on its channel; returns the writes."""
        where = [Where("contact", "==", other.contact)]
        found = await tx.query(Conversation, where=where, limit=_CONVERSATIONS, tenant=other.tenant)
        writes: list[Document] = []
        for conversation in found:
            if conversation.merged_into:
                continue
            name = f"{conversation.channel}.{stays.contact}"
            target = await tx.get(Conversation, tenant=other.tenant, conversation=name)
            merged = absorb(conversation, target, name, stays.contact, self._clock.now())
            writes += await handoffs.merged(tx, merged, conversation, target, self._clock.now())
            conversation.close(name)
            writes += [merged, conversation]
        return writes


async def _identities(tx: Transaction, stays: Contact, others: Sequence[Contact]) -> list[Document]:
    """Links all identities to the contact that stays and to one another; returns the writes."""
    names = sorted({name for contact in (stays, *others) for name in contact.identities})
    found = [await tx.get(Identity, tenant=stays.tenant, identity=name) for name in names]
    contacts, facts = {contact.contact for contact in (stays, *others)}, _facts(stays, others)
    writes: list[Document] = []
    for identity in found:
        if identity is not None and identity.contact in contacts:
            identity.contact = stays.contact
            identity.stand(**facts)
            identity.also = [name for name in names if name != identity.identity]
            writes.append(identity)
    return writes


def _merged_contact(stays: Contact, others: Sequence[Contact]) -> Contact:
    stays.stand(**_facts(stays, others))
    for other in others:
        stays.identities = list(dict.fromkeys([*stays.identities, *other.identities]))
        stays.consent = sorted([*stays.consent, *other.consent], key=lambda act: act.at)
        stays.attributes = other.attributes | stays.attributes
        stays.name, stays.language = stays.name or other.name, stays.language or other.language
        other.merged_into = stays.contact
    return stays


def _facts(stays: Contact, others: Sequence[Contact]) -> dict[FactName, Fact | None]:
    """Returns the newest version of each fact that any of the contacts has."""
    names: tuple[FactName, ...] = get_args(FactName)
    return {name: reduce(newest_fact, (contact.fact(name) for contact in (stays, *others))) for name in names}
