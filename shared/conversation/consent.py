"""Opting out and back in: the standing on the contact and all its identities, with the evidence."""

from __future__ import annotations

from datetime import datetime

from shared.models.people import Consent, Contact, Identity, Standing
from shared.platform.store import Transaction

_ACTS_KEPT = 50


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
