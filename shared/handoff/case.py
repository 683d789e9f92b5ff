"""One request for a human with the documents around it, in one transaction, and what the transaction leads
to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.conversation.conversation import Conversation
from shared.handoff.telling import Told
from shared.models.handoff import Desk, Handoff
from shared.models.tenant import Tenant
from shared.platform.store import Transaction


@dataclass(frozen=True)
class Case:
    """A request, the conversation of its person, and the tenant's desk, as the transaction read them."""

    tx: Transaction
    tenant: Tenant
    request: Handoff
    person: Conversation
    desk: Desk
    now: datetime

    @property
    def current(self) -> bool:
        """Whether the person's conversation has this request open, and no other."""
        return self.person.staff.handoff == self.request.handoff

    def put(self) -> None:
        """Writes the three documents."""
        for document in (self.request, self.person, self.desk):
            self.tx.put(document)


@dataclass(frozen=True)
class Done:
    """The work after a transaction: messages to announce, notices to send, and relays of a conversation to
    flush.

    `again` is set if more is due at once.
    """

    queued: Sequence[tuple[str, str]] = ()
    told: Told | None = None
    again: bool = False
    flush: str = ""
