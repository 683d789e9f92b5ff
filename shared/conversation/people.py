"""The contact behind an address, with the identities that are proved to be one person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from shared.conversation.finding import index
from shared.errors import Drop
from shared.models.erasure import Tombstone, tombstone_id
from shared.models.events import MessageReceived
from shared.models.news import News
from shared.models.people import Address, Contact, Identity, Source, Standing, identity_id, standing_of
from shared.platform.clock import Ids
from shared.platform.store import Store, Transaction

#: Most merges to follow from one contact to the one that stayed.
_MERGES = 5
#: Most identities of one contact that a change of standing is written to.
_IDENTITIES = 20
#: The beginning of an identity that has a phone number.
PHONE = "whatsapp:+"


class Event(News, Protocol):
    """An event of a gateway about a person."""

    @property
    def tenant(self) -> str: ...
    @property
    def peer(self) -> Address: ...


@dataclass(frozen=True)
class Person:
    """The contact of an event, and whether we may talk to them.

    `unblocks` if this event proves that they have unblocked us; `past` if it was written under an identity
    that they gave up afterwards; `former` is the contact that had one of their identities before. `writes`
    are new and changed documents; the caller puts them after its own reads. `names` are identities of theirs.
    """

    contact: str
    standing: Standing
    writes: list[Contact | Identity]
    unblocks: bool = False
    past: bool = False
    former: str = ""
    names: tuple[str, ...] = ()


async def known(store: Store, event: Event) -> Person | None:
    """Returns the person with one read if these identities are known together already, else None."""
    names = _names(event)
    first = await store.get(Identity, tenant=event.tenant, identity=names[0])
    if first is None or not first.contact or first.is_past(event.at) or not set(names[1:]) <= set(first.also):
        return None
    found = _person(first, first.contact, event, [], former=first.former)
    return replace(found, names=(first.identity, *first.also))


async def meet(tx: Transaction, event: Event, ids: Ids, now: datetime) -> Person:
    """Returns the person, new or known, with the documents to write if something about them is new."""
    names = _names(event)
    found = [await tx.get(Identity, tenant=event.tenant, identity=name) for name in names]
    contact = next((held for each in found if each and (held := each.contact_at(event.at))), "")
    document = await living(tx, event.tenant, contact) if contact else None
    contact = document.contact if document else contact or ids.new("c")
    past = [each for each in found if each and each.is_past(event.at)]
    for each in past:
        each.former = each.former or contact
    now_theirs = [
        each or Identity(tenant=event.tenant, identity=name, contact="")
        for name, each in zip(names, found, strict=True)
        if each not in past
    ]
    there = next((each for each in now_theirs if each.contact == contact), document)
    if document is None:
        await _refuse_erased(tx, event, names)
        document = Contact(
            tenant=event.tenant, contact=contact, name=event.peer.name, created_at=now, plan_at=now
        )
    _link(now_theirs, contact, there or document, event)
    present = [each.identity for each in now_theirs if each.contact == contact]
    writes: list[Contact | Identity] = [*past, *now_theirs]
    if there is None or not set(present) <= set(document.identities):
        document.identities = list(dict.fromkeys([*document.identities, *present]))
        document.phone = document.phone or _phone(present)
        index(document)
        writes.append(document)
    former = next((each.former for each in now_theirs if each.former), "")
    return _person(there or document, contact, event, writes, past=not now_theirs, former=former)


async def living(tx: Transaction, tenant: str, contact: str) -> Contact | None:
    """Returns the contact, or the one that it was merged into; None if there is no document."""
    for _ in range(_MERGES):
        document = await tx.get(Contact, tenant=tenant, contact=contact)
        if document is None or not document.merged_into:
            return document
        contact = document.merged_into
    return None


async def all_of(tx: Transaction, tenant: str, contact: str) -> list[Contact | Identity]:
    """Returns the contact and its identities: all documents that hold the person's standing."""
    document = await tx.get(Contact, tenant=tenant, contact=contact)
    if document is None:
        return []
    names = document.identities[:_IDENTITIES]
    found = [await tx.get(Identity, tenant=tenant, identity=name) for name in names]
    return [document, *(each for each in found if each is not None and each.contact == contact)]


async def learn_blocked(
    tx: Transaction, person: Person, event: Event, *, blocked: bool, source: Source
) -> tuple[list[Contact | Identity], bool]:
    """Sets in all the person's documents, with `person.writes`, whether the person has blocked us.

    Returns the documents, for the caller to put, and whether any of them accepted the change.
    """
    documents = {
        each.location(): each for each in [*await all_of(tx, event.tenant, person.contact), *person.writes]
    }
    accepted = [
        each.learn("blocked", holds=blocked, source=source, event=event)
        for each in documents.values()
        if each.contact == person.contact
    ]
    for each in documents.values():
        if isinstance(each, Contact) and any(accepted):
            each.plan_at = event.at
    return list(documents.values()), any(accepted)


async def _refuse_erased(tx: Transaction, event: Event, names: Sequence[str]) -> None:
    """Raises Drop if the event is from before the erasure of one of these identities: a late repeat."""
    for name in names:
        found = await tx.get(Tombstone, tenant=event.tenant, tombstone=tombstone_id(event.tenant, name))
        if found is not None and event.at <= found.at:
            raise Drop("erased_person")


def _link(identities: list[Identity], contact: str, like: Contact | Identity, event: Event) -> None:
    """Links the identities to one another, and to the contact unless they have another."""
    names = {each.identity for each in identities}
    for each in identities:
        each.also = sorted((set(each.also) | names) - {each.identity})
        if not each.contact:
            each.contact, each.met_at = contact, event.at
            each.stand_as(like)


def _person(
    document: Contact | Identity,
    contact: str,
    event: Event,
    writes: list[Contact | Identity],
    *,
    past: bool = False,
    former: str = "",
) -> Person:
    """Returns the person; a message later than the network's block proves that they have unblocked us."""
    blocked, opted_out = document.fact("blocked"), document.fact("opted_out")
    unblocks = (
        isinstance(event, MessageReceived)
        and blocked is not None
        and blocked.holds
        and blocked.source == "network"
        and (blocked.latest is None or blocked.latest.precedes(event))
    )
    standing = standing_of(None if unblocks else blocked, opted_out)
    return Person(contact, standing, writes, unblocks, past, former)


def _phone(identities: Iterable[str]) -> str:
    """Returns the number in E.164 that one of the identities has, or ""."""
    numbers = (name.removeprefix(PHONE) for name in identities if name.startswith(PHONE))
    return next((f"+{number}" for number in numbers), "")


def _names(event: Event) -> list[str]:
    return [identity_id(name) for name in event.peer.identities]
