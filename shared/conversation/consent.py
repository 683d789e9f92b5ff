"""Opting out and back in: the standing on the contact and all its identities, with the evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.conversation.acts import Scene, Write
from shared.conversation.conversation import Conversation
from shared.models.people import Consent, Contact, Identity, Standing
from shared.platform.store import Transaction

_ACTS_KEPT = 50
_IDENTITIES = 20


@dataclass(frozen=True)
class SetStanding:
    """Opts the person out, or in again, with the last message of the turn as the evidence."""

    standing: Standing

    async def prepare(self, scene: Scene) -> Write:
        people = await _documents(scene.tx, scene.conversation)
        message = scene.batch[-1].message
        return lambda: record_consent(scene.tx, people, self.standing, message, scene.now)


def record_consent(
    tx: Transaction, people: list[Contact | Identity], standing: Standing, message: str, now: datetime
) -> None:
    """`message` is the id of the person's own words that say so."""
    for document in people:
        document.standing = standing
        if isinstance(document, Contact):
            act = Consent(at=now, standing=standing, message=message)
            document.consent = [*document.consent, act][-_ACTS_KEPT:]
        tx.put(document)


async def _documents(tx: Transaction, conversation: Conversation) -> list[Contact | Identity]:
    """Reads the contact and all of its identities: a change of standing is written to each."""
    tenant = conversation.tenant
    contact = await tx.get(Contact, tenant=tenant, contact=conversation.contact)
    if contact is None:
        return []
    names = contact.identities[:_IDENTITIES]
    found = [await tx.get(Identity, tenant=tenant, identity=name) for name in names]
    return [contact, *(identity for identity in found if identity is not None)]
