"""The state of a tenant that its staff set over chat: whether the concierge is paused."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from shared.models.document import Document


class TenantState(Document):
    """One document of each tenant whose staff have ever set it; no file has it.

    `paused_at` is the time of the pause, None while the concierge answers; `by` is the member of staff.
    """

    path: ClassVar[str] = "tenants/{tenant}/state/{document}"
    tenant: str
    document: str = "now"
    paused_at: datetime | None = None
    by: str = ""
