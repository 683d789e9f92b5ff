"""The contact that a record is about: found by the record, by its phone number, or new.

The number's identity is the one that the person's first message will have, so a contact who has never
written becomes one with the person who writes later. If the number is another contact's, both become one
unless people have written as both: then they stay apart, and the record says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args

from shared.conversation import people
from shared.conversation.merging import conversations, merged
from shared.models.document import Document
from shared.models.external import External, Stated
from shared.models.people import Contact, FactName, Identity, newest_fact
from shared.platform.clock import Ids
from shared.platform.store import Transaction, Where

#: Most records of one contact, and most contacts that were merged into it, that are looked at.
_RECORDS, _ABSORBED = 50, 29
FACTS: tuple[FactName, ...] = get_args(FactName)
#: Note for a phone number of somebody else.
TAKEN = "phone: belongs to another contact, and people have written as both; the former number was kept"


@dataclass
class Place:
    """The contact of a record. `before` is the part of the record's content that this contact has already;
    `writes` are other changed documents, `note` says why the phone number was not applied."""

    contact: Contact
    before: Stated
    writes: list[Document] = field(default_factory=list)
    new: bool = False
    note: str = ""
    #: A contact that the record was about until now, and that stays because of its other records.
    left: Contact | None = None
    #: The content of the other records of the contact that the record leaves.
    others: Sequence[Stated] = ()


async def place(tx: Transaction, record: External, phone: str, ids: Ids, now: datetime) -> Place:
    """Returns the record's contact with this phone number. Reads the identity only if the number is new."""
    current = await held(tx, record)
    if current is not None and phone == record.stated.phone and not record.deleted:
        return Place(current, record.stated)
    number = await _number(tx, record, phone)
    if current is None or (number.owner is not None and number.owner.contact == current.contact):
        return _link(current, number, record, ids, now)
    others = await others_of(tx, record, current)
    if _is_shared(record, others):
        # The former number stays with the other record, so this one is about another person.
        found = _link(None, number, record, ids, now)
        found.left, found.others = current, others
        return found
    if number.owner is None:
        released = await release(tx, current, record.stated.phone)
        found = _link(current, number, record, ids, now)
        found.writes += released
        return found
    return await _united(tx, current, number.owner, record, now)


async def held(tx: Transaction, record: External) -> Contact | None:
    """Returns the contact that the record is about, or the one that it was merged into."""
    return await people.living(tx, record.tenant, record.contact) if record.contact else None


async def vacated(tx: Transaction, record: External, contact: Contact, *, wrote: bool) -> Place:
    """Returns the contact of a record that is deleted.

    It loses the number if the person never wrote, and no other record has it.
    """
    others = await others_of(tx, record, contact)
    shared = _is_shared(record, others)
    released = [] if wrote or shared else await release(tx, contact, record.stated.phone)
    return Place(contact, record.stated, released, others=others)


def _is_shared(record: External, others: Sequence[Stated]) -> bool:
    """Whether another record has the same phone number."""
    return bool(record.stated.phone) and any(each.phone == record.stated.phone for each in others)


@dataclass
class _Number:
    """The identity of a phone number, and the contact that has it."""

    identity: Identity
    owner: Contact | None


async def _number(tx: Transaction, record: External, phone: str) -> _Number:
    name = f"whatsapp:{phone}"
    found = await tx.get(Identity, tenant=record.tenant, identity=name)
    owner = await people.living(tx, record.tenant, found.contact) if found and found.contact else None
    return _Number(found or Identity(tenant=record.tenant, identity=name, contact=""), owner)


async def others_of(tx: Transaction, record: External, contact: Contact) -> list[Stated]:
    """Returns the content of the contact's other records."""
    names = [contact.contact, *contact.absorbed[-_ABSORBED:]]
    where = [Where("contact", "in", names)]
    found = await tx.query(External, where=where, limit=_RECORDS, tenant=record.tenant)
    return [each.stated for each in found if each.external != record.external and not each.deleted]


async def release(tx: Transaction, contact: Contact, phone: str) -> list[Document]:
    """Takes a number from the contact unless the person has written under it: it may be a stranger's.

    Returns the changed identity. It keeps a block, which is the number's.
    """
    name = f"whatsapp:{phone}"
    identity = await tx.get(Identity, tenant=contact.tenant, identity=name) if phone else None
    if identity is None or identity.contact != contact.contact or identity.met_at or identity.also:
        return []
    chats = [each.chat.partition("@")[0] for each in await conversations(tx, contact)]
    if phone.removeprefix("+") in chats:
        return []
    contact.identities = [each for each in contact.identities if each != name]
    identity.contact = ""
    identity.stand(identity.fact("blocked"), None)
    return [identity]


async def has_written(tx: Transaction, contact: Contact) -> bool:
    """Whether the person has written to us, on any channel."""
    return any(each.writer.heard_at for each in await conversations(tx, contact))


async def _united(tx: Transaction, held: Contact, owner: Contact, record: External, now: datetime) -> Place:
    """Merges the record's contact and the number's, unless people have written as both.

    The one who has written stays, else the number's.
    """
    held_wrote = await has_written(tx, held)
    if held_wrote and await has_written(tx, owner):
        return Place(held, record.stated, note=TAKEN)
    stays, other = (held, owner) if held_wrote else (owner, held)
    released = await release(tx, held, record.stated.phone)
    writes = [each for each in await merged(tx, stays, other, now) if each is not stays]
    return Place(stays, record.stated, [*writes, *released])


def _link(held: Contact | None, number: _Number, record: External, ids: Ids, now: datetime) -> Place:
    """Returns the contact `held`, or the number's if it is None, or a new one, with the number's identity."""
    identity, contact = number.identity, held or number.owner
    before = record.stated if held else Stated()
    if contact is None:
        contact = Contact(tenant=record.tenant, contact=ids.new("c"), created_at=now)
    found = Place(contact, before, new=held is None and number.owner is None)
    if number.owner is None:
        facts = {name: newest_fact(contact.fact(name), identity.fact(name)) for name in FACTS}
        contact.stand(**facts)
        identity.contact = contact.contact
        identity.stand(**facts)
        found.writes.append(identity)
    if identity.identity not in contact.identities:
        contact.identities = [*contact.identities, identity.identity]
    return found
