"""Merging of contacts: one event proves that identities of two contacts are one person.

The contact of the steadiest identity stays. The conversations of the other are merged into its own: pending
messages move, all other messages stay stored under a conversation that is listed as an `earlier` one. So no
history is lost, and a repeat of an old message is still found. If a human is present in one of them, answers
of the other that are not yet sent are cancelled.
"""

from __future__ import annotations

from datetime import datetime
from typing import get_args

from shared.conversation import handoffs, people, stepping_in
from shared.conversation.absorbing import absorb
from shared.conversation.conversation import Conversation
from shared.conversation.finding import index
from shared.conversation.people import Event
from shared.conversation.relaying import relay
from shared.models.document import Document
from shared.models.people import (
    Contact,
    Fact,
    FactName,
    Identity,
    identity_id,
    newest_fact,
    newest_permission,
)
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where

#: Most conversations of one contact: one for each channel of its tenant, and the ones merged before.
_CONVERSATIONS = 50
#: Most times of messages that we began, of one contact.
_REACHED = 200
#: Fields of a contact with one value: that of the contact that stays counts.
_ONE_VALUE = ("name", "language", "phone", "timezone", "country")


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
            for _ in event.peer.identities:
                if not await self._store.transaction(lambda tx: self._unite(tx, event)):
                    break
        return person

    async def _unite(self, tx: Transaction, event: Event) -> bool:
        """Merges two of the contacts that the identities had; returns whether another is left."""
        tenant, names = event.tenant, [identity_id(name) for name in event.peer.identities]
        found = [await tx.get(Identity, tenant=tenant, identity=name) for name in names]
        held = dict.fromkeys(name for each in found if each and (name := each.contact_at(event.at)))
        if len(held) < 2:
            return False
        living = [await people.living(tx, tenant, name) for name in held]
        stays, *others = {each.contact: each for each in living if each}.values()
        if not others:
            return False
        for document in await merged(tx, stays, others[0], self._clock.now()):
            tx.put(document)
        return len(others) > 1


async def merged(tx: Transaction, stays: Contact, other: Contact, now: datetime) -> list[Document]:
    """Merges the other contact into the one that stays; returns the writes, for the caller to put."""
    writes = await _conversations(tx, stays, other, now)
    writes += await _identities(tx, stays, other)
    writes += [_merged_contact(stays, other, now), other]
    logs.logger().info("contacts_merged", contact=stays.contact, merged=1)
    return writes


async def _conversations(tx: Transaction, stays: Contact, other: Contact, now: datetime) -> list[Document]:
    """Merges the other contact's conversations, each into the one on its channel; returns the writes."""
    writes: list[Document] = []
    for conversation in await conversations(tx, other):
        name = f"{conversation.channel}.{stays.contact}"
        target = await tx.get(Conversation, tenant=other.tenant, conversation=name)
        whole = absorb(conversation, target, name, stays.contact, now)
        writes += await handoffs.merged(tx, whole, conversation, target, now)
        for each in filter(None, (conversation, target)):
            if whole.human_present(now) and not each.human_present(now):
                cancelled, left = await stepping_in.cancelled(tx, each, whole, now)
                writes += cancelled
                relay(whole, left)
        conversation.close(name)
        writes += [whole, conversation]
    return writes


async def conversations(tx: Transaction, contact: Contact) -> list[Conversation]:
    """Returns the contact's conversations, without those that were merged into another."""
    where = [Where("contact", "==", contact.contact)]
    found = await tx.query(Conversation, where=where, limit=_CONVERSATIONS, tenant=contact.tenant)
    return [conversation for conversation in found if not conversation.merged_into]


async def _identities(tx: Transaction, stays: Contact, other: Contact) -> list[Document]:
    """Links all identities to the contact that stays and to one another; returns the writes."""
    names = sorted({*stays.identities, *other.identities})
    found = [await tx.get(Identity, tenant=stays.tenant, identity=name) for name in names]
    contacts, facts = {stays.contact, other.contact}, _facts(stays, other)
    writes: list[Document] = []
    for identity in found:
        if identity is not None and identity.contact in contacts:
            identity.contact = stays.contact
            identity.stand(**facts)
            identity.also = [name for name in names if name != identity.identity]
            writes.append(identity)
    return writes


def _merged_contact(stays: Contact, other: Contact, now: datetime) -> Contact:
    """Returns the contact that stays, with what only the other knows; its occurrences are planned anew."""
    stays.stand(**_facts(stays, other))
    stays.identities = list(dict.fromkeys([*stays.identities, *other.identities]))
    stays.consent = sorted([*stays.consent, *other.consent], key=lambda act: act.at)
    stays.attributes = other.attributes | stays.attributes
    for name in _ONE_VALUE:
        setattr(stays, name, getattr(stays, name) or getattr(other, name))
    for kind, permission in other.permissions.items():
        stays.permissions[kind] = newest_permission(stays.permissions.get(kind), permission)
    stays.reached = sorted([*stays.reached, *other.reached])[-_REACHED:]
    stays.absorbed = list(dict.fromkeys([*stays.absorbed, other.contact, *other.absorbed]))
    other.merged_into, other.plan_at = stays.contact, None
    index(other)
    stays.plan_at = now
    index(stays)
    return stays


def _facts(stays: Contact, other: Contact) -> dict[FactName, Fact | None]:
    """Returns the newest version of each fact that either contact has."""
    names: tuple[FactName, ...] = get_args(FactName)
    return {name: newest_fact(stays.fact(name), other.fact(name)) for name in names}
