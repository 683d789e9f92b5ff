"""The audit log: one entry for each act of administration or proof, also for a refused one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from shared.models.document import Document

#: Time until an entry is deleted: the field `expires_at` is Firestore's TTL.
KEPT = timedelta(days=400)


class AuditEntry(Document):
    """One act: `who` did `what` `about` a contact or thing, its state `before` and `after`, and the `result`.

    It has ids and words for states, and neither texts of messages nor secrets.
    """

    path: ClassVar[str] = "tenants/{tenant}/audit/{entry}"
    tenant: str
    entry: str
    at: datetime
    who: str
    what: str
    about: str = ""
    before: str = ""
    after: str = ""
    result: str = ""
    expires_at: datetime
