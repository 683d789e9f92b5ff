"""The messages of a tenant within one minute, over all instances."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from shared.models.document import Document

#: How long a minute's count is kept.
KEPT = timedelta(days=1)


class Load(Document):
    """The admitted messages of a minute (`2026-11-22T09:30`, in UTC), and those of strangers among them.

    Instances add their counts while many people write; a quiet minute has no document.
    """

    path: ClassVar[str] = "tenants/{tenant}/load/{minute}"
    tenant: str
    minute: str
    messages: int = 0
    strangers: int = 0
    expires_at: datetime
