"""The contact that an operator names: by its id, its phone number, or its id in the organisation's system."""

from __future__ import annotations

from shared.conversation.people import living
from shared.formats import phone
from shared.models.document import is_name
from shared.models.external import External
from shared.models.people import Contact, Identity, plain_id
from shared.platform.store import Store, Transaction


async def named(store: Store, tenant: str, name: str) -> Contact | None:
    """Returns the contact, or the one that it was merged into; None if there is none of this name."""
    name = name.strip()
    if not is_name(name):
        return None

    async def work(tx: Transaction) -> Contact | None:
        for contact in [name, *await _of_number(tx, tenant, name), *await _of_record(tx, tenant, name)]:
            found = await living(tx, tenant, contact)
            if found is not None:
                return found
        return None

    return await store.transaction(work)


async def _of_number(tx: Transaction, tenant: str, name: str) -> list[str]:
    number = phone.e164(name)
    found = await tx.get(Identity, tenant=tenant, identity=f"whatsapp:{number}") if number else None
    return [found.contact] if found is not None and found.contact else []


async def _of_record(tx: Transaction, tenant: str, name: str) -> list[str]:
    found = await tx.get(External, tenant=tenant, external=plain_id(name))
    return [found.contact] if found is not None and found.contact else []
