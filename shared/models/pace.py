"""The pace of the messages that we begin on a channel."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from shared.models.document import Document


class ChannelPace(Document):
    """The time until which the pace of a channel is used up (models/terms.py)."""

    path: ClassVar[str] = "tenants/{tenant}/paces/{channel}"
    tenant: str
    channel: str
    until: datetime | None = None
