"""Occurrences: one due instance of a trigger for one contact."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from shared.models.document import Document
from shared.models.staff import Slug

OccurrenceState = Literal["planned", "sent", "skipped", "cancelled", "failed"]
#: How long a closed occurrence is kept: its document is what keeps the same one from being sent again.
KEPT = timedelta(days=400)
#: Why an occurrence was left out that was due in a restored database (upkeep/settling.py).
RESTORED = "it may have been sent before the database was restored"


class Occurrence(Document):
    """One message that a trigger begins, for one contact at one local time.

    `occurrence` is also the id of the outbound message. `local` is the contact's local time in `zone`;
    `planned_for` is its instant, moved out of quiet hours and holidays; `due_at` is the instant at which it
    is looked at next, None once it is closed.
    """

    path: ClassVar[str] = "tenants/{tenant}/schedule/{occurrence}"
    tenant: Slug
    occurrence: str
    trigger: Slug
    contact: str
    local: str
    zone: str
    planned_for: datetime
    due_at: datetime | None
    state: OccurrenceState = "planned"
    why: str = ""
    #: The conversation and its message, once it is sent.
    conversation: str = ""
    message: str = ""
    #: The definition that it was planned with, "" for an event's.
    revision: str = ""
    #: How often it has waited for a human, for the person or for a cap.
    waits: int = 0
    #: The time that the channel's pace has reserved for it.
    slot_at: datetime | None = None
    #: What happened, for an event's.
    facts: dict[str, Any] = {}
    #: The title of the choice that the person made, if the message offered any.
    reply: str = ""
    #: One to five stars, if the message asked for them.
    rating: int | None = None
    created_at: datetime
    closed_at: datetime | None = None
    expires_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it is still to be sent."""
        return self.state == "planned"

    @property
    def revocable(self) -> bool:
        """Whether it was cancelled before it had a message, so that it may be planned again."""
        return self.state == "cancelled" and not self.message

    @property
    def held(self) -> bool:
        """Whether it was due in a restored database, so that it is not known whether it was sent."""
        return self.state == "skipped" and self.why == RESTORED

    def release(self, now: datetime) -> None:
        """Makes a held one due, so that it is sent after all."""
        self.waits, self.slot_at = 0, None
        self.move(now, "released by an operator")

    def move(self, due_at: datetime, why: str) -> None:
        """Postpones it, or plans it again after it has ended without a message."""
        self.state, self.due_at, self.why = "planned", due_at, why
        self.closed_at = self.expires_at = None

    def close(self, state: OccurrenceState, why: str, now: datetime) -> None:
        """Ends it, with the reason in one sentence."""
        self.state, self.why, self.due_at = state, why, None
        self.closed_at, self.expires_at = now, now + KEPT
