"""Finds the contact behind an address, and keeps the identities that prove to be one person together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.models.people import Address, Contact, Identity, Standing, document_id
from shared.platform.clock import Ids
from shared.platform.store import Transaction


@dataclass(frozen=True)
class Person:
    """What intake needs to know: which contact, and whether we may talk to them. `writes` are the documents
    that come into being with this event; the caller puts them after its own reads."""

    contact: str
    standing: Standing
    writes: list[Contact | Identity]


async def resolve(tx: Transaction, tenant: str, peer: Address, ids: Ids, now: datetime) -> Person:
    """One read for a person whose identities are known together; more only when something is new."""
    names = [document_id(name) for name in peer.identities]
    first = await tx.get(Identity, tenant=tenant, identity=names[0])
    if first is not None and set(names[1:]) <= set(first.also):
        return Person(first.contact, first.standing, [])
    known = [first] + [await tx.get(Identity, tenant=tenant, identity=name) for name in names[1:]]
    there = next((identity for identity in known if identity is not None), None)
    contact = there.contact if there else ids.new("c")
    standing = there.standing if there else Standing.OPEN
    writes: list[Contact | Identity] = []
    for name, identity in zip(names, known, strict=True):
        identity = identity or Identity(tenant=tenant, identity=name, contact=contact, standing=standing)
        identity.also = sorted((set(identity.also) | set(names)) - {name})
        writes.append(identity)
    if there is None:
        writes.append(
            Contact(tenant=tenant, contact=contact, name=peer.name, identities=names, created_at=now)
        )
    return Person(contact, standing, writes)
