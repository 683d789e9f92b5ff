"""Asks for a human, in the transaction that decides that one is needed."""

from __future__ import annotations

from datetime import datetime

from shared.models.conversation import Conversation, Handoff, HandoffReason, State
from shared.models.people import document_id
from shared.platform.store import Transaction


def request(
    tx: Transaction, conversation: Conversation, reason: HandoffReason, message: str, now: datetime
) -> None:
    """Puts the request, one for each message that needs a human. The caller puts the conversation, which
    from now on waits for one."""
    if conversation.state == State.BOT:
        conversation.state = State.WAITING
    tx.put(
        Handoff(
            tenant=conversation.tenant,
            handoff=document_id(f"{conversation.conversation}.{message}"),
            conversation=conversation.conversation,
            contact=conversation.contact,
            reason=reason,
            summary=conversation.preview,
            created_at=now,
        )
    )
