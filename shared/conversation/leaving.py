"""Leaves to a human what the concierge has answered, but nobody has received: the ledger tells the truth."""

from __future__ import annotations

from shared.conversation.conversation import Conversation
from shared.models.message import Inbound, Outbound, Outcome
from shared.platform.store import Transaction


async def answered_by(tx: Transaction, conversation: Conversation, outbound: Outbound) -> list[Inbound]:
    """The messages that this one answers, also those in conversations that were merged into this one."""
    places = [conversation.conversation, *conversation.earlier]
    found = [
        await tx.get(Inbound, tenant=outbound.tenant, conversation=place, message=message)
        for message in outbound.answers
        for place in places
    ]
    return [message for message in found if message is not None]


def leave(tx: Transaction, messages: list[Inbound]) -> None:
    """A human stepped in, and these are theirs to answer; what a gate has ended stays ended."""
    for message in messages:
        if message.outcome != Outcome.SUPPRESSED:
            message.outcome, message.reason, message.due_at = Outcome.LEFT_TO_HUMAN, "human_stepped_in", None
            tx.put(message)
