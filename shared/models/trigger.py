"""Triggers: rules that begin a message, with their state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

from pydantic import BaseModel

from shared.models.document import Document
from shared.models.staff import Slug

#: When the function `triggers` looks at a new or changed trigger: at once.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
#: The `revision` of a trigger whose occurrences were planned, but not as it is now.
CHANGED = "changed"
#: The reason (`why`) of a stop because the tenant's file has the trigger no more.
DROPPED = "no longer declared"


class Confirmation(BaseModel):
    """An administrator's word that a broadcast may go to `count` people. `revision` is the definition's."""

    count: int
    by: str
    at: datetime
    revision: str


class Count(BaseModel):
    """The number of people that a broadcast was meant for `at` a time, as it was then defined (`revision`).

    `looked_at` is the number of contacts that were read for it.
    """

    count: int
    looked_at: int
    at: datetime
    revision: str


class Asked(BaseModel):
    """A member of staff who is told, in their own conversation, for how many people a broadcast is meant
    (`count`), or what became of their confirmation (`confirm`)."""

    staff: str
    conversation: str
    at: datetime
    step: Literal["count", "confirm"]


class Walk(BaseModel):
    """The place of a walk over all contacts that plans one revision of a trigger.

    `after` is the last contact that was planned, `contacts` and `planned` are numbers so far; `since` is the
    time from which occurrences count, which was when the revision became known.
    """

    revision: str
    since: datetime
    after: str = ""
    contacts: int = 0
    planned: int = 0


class Progress(BaseModel):
    """The numbers of a trigger's occurrences by what became of them, as of `at`; `reasons` are the commonest
    for those not sent, each with its number."""

    at: datetime
    planned: int = 0
    queued: int = 0
    sent: int = 0
    delivered: int = 0
    read: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    reasons: dict[str, int] = {}


class Trigger(Document):
    """One trigger of a tenant. People write `definition`, `state` and `confirm`; the rest is ours.

    The definition is kept as it was written: one that is wrong stops this trigger alone, and `problem` says
    why. `revision` digests the definition for which occurrences have been planned, "" if none were.
    """

    path: ClassVar[str] = "tenants/{tenant}/triggers/{trigger}"
    tenant: Slug
    trigger: Slug
    definition: dict[str, Any]
    state: Literal["active", "paused", "stopped"] = "active"
    #: The number of people that an administrator confirms in the console, for a broadcast.
    confirm: int | None = None
    #: The member of staff who waits for its count, or for the result of their confirmation.
    asked: Asked | None = None
    #: The count that a broadcast waits with for its confirmation.
    counted: Count | None = None
    confirmed: Confirmation | None = None
    revision: str = ""
    walk: Walk | None = None
    progress: Progress | None = None
    why: str = ""
    problem: str = ""
    #: Why the last number in `confirm` was refused.
    refused: str = ""
    #: The moment up to which its messages may have been sent before the database was restored: none is
    #: planned for a time up to it.
    restored_at: datetime | None = None
    #: When the function `triggers` looks at it again: at once for a new one.
    due_at: datetime | None = AT_ONCE

    @property
    def broadcast(self) -> bool:
        """Whether it is a broadcast, as far as its definition can be read."""
        when = self.definition.get("when")
        return isinstance(when, dict) and "once" in when

    def declare(self, definition: dict[str, Any]) -> None:
        """Takes over the definition that a file has. The rest stays, but a confirmation that is still to be
        read was not meant for a changed definition. A trigger that was dropped is active again."""
        if self.definition != definition:
            self.definition, self.confirm, self.due_at = definition, None, AT_ONCE
        if self.state == "stopped" and self.why == DROPPED:
            self.state, self.why, self.due_at = "active", "", AT_ONCE

    def plan_anew(self) -> None:
        """Has its occurrences planned anew by the next look."""
        self.revision, self.walk = CHANGED if self.revision else "", None

    def drop(self) -> None:
        """Stops it because it is no longer declared. The document stays, so that its occurrences are
        cancelled."""
        if self.state != "stopped":
            self.state, self.why, self.confirm, self.due_at = "stopped", DROPPED, None, AT_ONCE
