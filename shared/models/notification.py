"""The record of one attempt to tell staff by a notifier."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from shared.models.document import Document


class Notification(Document):
    """One attempt to tell staff by a notifier. It is created before the call, so that no repeat calls
    again."""

    path: ClassVar[str] = "tenants/{tenant}/handoffs/{handoff}/notices/{notice}"
    tenant: str
    handoff: str
    notice: str
    staff: str
    notifier: str
    #: Names the way in the request's steps.
    label: str = ""
    to: str = ""
    #: The relayed message and the conversation that has it, "" if it is a notice of ours.
    message: str = ""
    conversation: str = ""
    #: What it says if it is news, "" if it is the request itself.
    words: str = ""
    state: Literal["sending", "sent", "later", "unknown", "failed"] = "sending"
    attempts: int = 1
    reason: str = ""
    reference: str = ""
    at: datetime
    #: When a notice that was certainly not delivered is tried again.
    due_at: datetime | None = None
