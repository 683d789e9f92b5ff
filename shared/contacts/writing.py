"""Writing of people by their organisation: a record's new content, or its deletion, in one transaction.

A record is ordered by its sender's version: an older one is refused, and a repeat changes nothing. A file has
no versions; its row is written if it differs from the row that was imported last. Each change of a contact
sets `plan_at`, so that its occurrences are planned anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from zlib import crc32

from shared.contacts import placing
from shared.contacts.placing import Place
from shared.contacts.problems import Problem, Refused
from shared.contacts.record import Said
from shared.contacts.stating import Evidence, state, take_back
from shared.conversation.finding import index
from shared.conversation.occurrences import happened
from shared.errors import Rejected
from shared.models.external import External, Stated
from shared.models.occurrence import Occurrence
from shared.models.people import Contact, plain_id
from shared.models.tenant import Tenant
from shared.platform.clock import Clock, Ids
from shared.platform.store import Store, Transaction
from shared.tenants.local_time import zone_of

Result = Literal["created", "updated", "unchanged", "deleted"]
#: Plans the occurrences of a contact of a tenant anew, after a change.
Plan = Callable[[str, str], Awaitable[None]]
#: The digest of a version that deletes its record.
_DELETED = "deleted"


@dataclass(frozen=True)
class Outcome:
    """The contact of a record, what became of it, the record's newest version, and notes on its fields."""

    contact: str
    result: Result
    version: int | None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Writing:
    """Writes records. With `dry`, all is read and decided, and nothing is written."""

    store: Store
    clock: Clock
    ids: Ids
    dry: bool = False

    async def write(
        self, tenant: Tenant, record: str, said: Said, *, version: int | None, evidence: Evidence
    ) -> Outcome:
        """Writes a record's content; `version` is None for a file.

        Raises Rejected(409) for an older version, or another content of the same one; Refused if a field
        does not fit the contact, or a file names a record that the organisation's system deleted.
        """

        async def work(tx: Transaction) -> Outcome:
            found = await self._record(tx, tenant, record)
            if _is_repeat(found, said.digest, version):
                return Outcome(found.contact, "unchanged", found.sender_version, found.notes)
            return await self._write(tx, tenant, found, said, version, evidence)

        return await self.store.transaction(work)

    async def delete(self, tenant: Tenant, record: str, *, version: int) -> Outcome:
        """Deletes a record: takes its content back, and the phone and name of a person who never wrote.

        Raises Rejected(409) as `write` does.
        """

        async def work(tx: Transaction) -> Outcome:
            found = await self._record(tx, tenant, record)
            if _is_repeat(found, _DELETED, version):
                return Outcome(found.contact, "unchanged", found.sender_version)
            return await self._delete(tx, found, version)

        return await self.store.transaction(work)

    async def _record(self, tx: Transaction, tenant: Tenant, written_id: str) -> External:
        keys = {"tenant": tenant.tenant, "external": plain_id(written_id)}
        found = await tx.get(External, **keys)
        return found or External(**keys, written_id=written_id, updated_at=self.clock.now())

    async def _write(
        self,
        tx: Transaction,
        tenant: Tenant,
        record: External,
        said: Said,
        version: int | None,
        evidence: Evidence,
    ) -> Outcome:
        now = self.clock.now()
        phone = said.texts.get("phone") or record.stated.phone
        if not phone:
            raise Refused([Problem("phone", "is missing (expected a number, such as +221770000001)")])
        place = await placing.place(tx, record, phone, self.ids, now)
        contact, former = place.contact, place.contact.model_dump()
        after = _content(tenant, record, said, contact)
        if place.note:
            after.phone = record.stated.phone
        notes = [*([place.note] if place.note else []), *state(contact, place.before, after, evidence, now)]
        if place.left is not None:
            take_back(place.left, record.stated, Stated(), place.others)
            place.left.plan_at = now
        moved = bool(place.writes) or place.left is not None
        changed = moved or contact.model_dump() != former
        record.contact, record.stated, record.notes, record.deleted = contact.contact, after, notes, False
        self._settle(record, said.digest, version)
        self._put(tx, record, place, changed=changed)
        if version is not None and not self.dry:
            for occurrence in _begun(tenant, record, contact, former, version, now):
                tx.create(occurrence)
        result: Result = "created" if place.new else "updated" if changed else "unchanged"
        return Outcome(contact.contact, result, record.sender_version, notes)

    async def _delete(self, tx: Transaction, record: External, version: int) -> Outcome:
        contact = await placing.held(tx, record)
        place = None
        if contact is not None and not record.deleted:
            wrote = await placing.has_written(tx, contact)
            place = await placing.vacated(tx, record, contact, wrote=wrote)
            kept = Stated(phone=record.stated.phone, name=record.stated.name) if wrote else Stated()
            take_back(contact, record.stated, kept, place.others)
        record.stated, record.notes, record.deleted = Stated(), [], True
        self._settle(record, _DELETED, version)
        self._put(tx, record, place, changed=True)
        return Outcome(contact.contact if contact else "", "deleted", version)

    def _settle(self, record: External, digest: str, version: int | None) -> None:
        if version is None:
            record.row_digest = digest
        else:
            record.sender_version, record.version_digest = version, digest
        record.updated_at = self.clock.now()

    def _put(self, tx: Transaction, record: External, place: Place | None, *, changed: bool) -> None:
        if self.dry:
            return
        if place is not None and changed:
            place.contact.plan_at = self.clock.now()
            for document in (place.contact, *([place.left] if place.left else []), *place.writes):
                if isinstance(document, Contact):
                    index(document)
                tx.put(document)
        tx.put(record)


def _begun(
    tenant: Tenant,
    record: External,
    contact: Contact,
    former: Mapping[str, Any],
    version: int,
    now: datetime,
) -> Iterator[Occurrence]:
    """Yields the occurrences of triggers that follow a changed attribute. A file is no event: importing a
    thousand people begins no message."""
    source = crc32(record.external.encode())
    for name, value in contact.attributes.items():
        if value != former["attributes"].get(name):
            key = f"{name}.{version}.{source:08x}"
            yield from happened(tenant, contact.contact, "attribute_changed", key, now, attribute=name)


def _content(tenant: Tenant, record: External, said: Said, contact: Contact) -> Stated:
    """Returns the record's content after this, with moments in the contact's zone."""
    told = {name: said.texts[name] for name in ("timezone", "country", "phone") if name in said.texts}
    return said.onto(record.stated, zone_of(tenant, contact.model_copy(update=told)).key)


def _is_repeat(record: External, digest: str, version: int | None) -> bool:
    """Whether this content is known already.

    Raises Rejected(409) for an older version, or another content of the same one; Refused for a row of a
    record that was deleted.
    """
    if version is None:
        if record.deleted:
            raise Refused([Problem("id", "was deleted by the organisation's system (expected its own PUT)")])
        return record.row_digest == digest
    known = record.sender_version
    if known is None or version > known:
        return False
    if version < known:
        raise Rejected(409, f"version: older than the known one (expected more than {known})")
    if record.version_digest != digest:
        raise Rejected(409, f"version: {known} is known with another content (expected more than {known})")
    return True
