"""Erasure of a person on request: its progress, and digests that keep late repeats from undoing it."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar

from shared.models.document import Document

#: Time until both documents are deleted: the field `expires_at` is Firestore's TTL. A gateway and the bus
#: repeat an event for a week at most.
KEPT, TOMBSTONE_KEPT = timedelta(days=400), timedelta(days=30)


class Erasure(Document):
    """The erasure of one contact; `erased` counts the documents that are gone, and nothing here is personal.

    `erasure` is the contact's internal id.
    """

    path: ClassVar[str] = "tenants/{tenant}/erasures/{erasure}"
    tenant: str
    erasure: str
    by: str
    at: datetime
    erased: int = 0
    done_at: datetime | None = None
    #: When maintenance goes on with it, None once it is done.
    due_at: datetime | None
    expires_at: datetime


class Tombstone(Document):
    """An identity that was erased: events of it up to `at` are dropped. Its id is a digest."""

    path: ClassVar[str] = "tenants/{tenant}/tombstones/{tombstone}"
    tenant: str
    tombstone: str
    at: datetime
    expires_at: datetime


def tombstone_id(tenant: str, identity: str) -> str:
    """Returns the id of an identity's tombstone."""
    return hashlib.sha256(f"tombstone\0{tenant}\0{identity}".encode()).hexdigest()
