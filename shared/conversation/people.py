"""Finds the contact behind an address, and keeps the identities that prove to be one person together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.models.people import Address, Contact, Identity, Standing, document_id
from shared.platform.clock import Ids
from shared.platform.store import Store, Transaction


@dataclass(frozen=True)
class Person:
    """What intake needs to know: which contact, and whether we may talk to them. `writes` are the documents
    that come into being with this event; the caller puts them after its own reads."""

    contact: str
    standing: Standing
    writes: list[Contact | Identity]


async def known(store: Store, tenant: str, peer: Address) -> Person | None:
    """The person, by one read, where these identities are known together already."""
    names = [document_id(name) for name in peer.identities]
    first = await store.get(Identity, tenant=tenant, identity=names[0])
    if first is None or not set(names[1:]) <= set(first.also):
        return None
    return Person(first.contact, first.standing, [])


async def meet(tx: Transaction, tenant: str, peer: Address, ids: Ids, now: datetime) -> Person:
    """The person, with the documents that come into being because something about them is new."""
    names = [document_id(name) for name in peer.identities]
    found = [await tx.get(Identity, tenant=tenant, identity=name) for name in names]
    there = next((identity for identity in found if identity is not None), None)
    contact = there.contact if there else ids.new("c")
    standing = there.standing if there else Standing.OPEN
    writes: list[Contact | Identity] = []
    for name, identity in zip(names, found, strict=True):
        identity = identity or Identity(tenant=tenant, identity=name, contact=contact, standing=standing)
        identity.also = sorted((set(identity.also) | set(names)) - {name})
        writes.append(identity)
    document = await tx.get(Contact, tenant=tenant, contact=contact) if there else None
    document = document or Contact(tenant=tenant, contact=contact, name=peer.name, created_at=now)
    if not set(names) <= set(document.identities):
        document.identities = list(dict.fromkeys([*document.identities, *names]))
        writes.append(document)
    return Person(contact, standing, writes)
