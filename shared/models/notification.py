"""The record of one attempt to tell staff by a notifier."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from shared.models.document import Document
from shared.models.message import RESTORED


class Notification(Document):
    """One notice to staff by a notifier: written down with the decision to tell them, and claimed before each
    call, so that it is neither forgotten nor repeated."""

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
    state: Literal["queued", "sending", "sent", "later", "unknown", "failed"] = "queued"
    attempts: int = 0
    reason: str = ""
    reference: str = ""
    at: datetime
    #: When it is tried if it was certainly not delivered; if it is being sent, when its result is unknown.
    due_at: datetime | None = None

    def hold(self) -> None:
        """Settles a notice of a restored database, which may have been sent since."""
        self.state, self.reason, self.due_at = "unknown", RESTORED, None
