"""Finds a message of a conversation, also among those it took over from earlier ones."""

from __future__ import annotations

from shared.conversation.conversation import Conversation
from shared.models.message import Inbound
from shared.platform.store import Transaction


async def inbound(tx: Transaction, conversation: Conversation, message: str) -> Inbound | None:
    for place in [conversation.conversation, *conversation.earlier]:
        found = await tx.get(Inbound, tenant=conversation.tenant, conversation=place, message=message)
        if found is not None:
            return found
    return None


async def is_repeat(tx: Transaction, conversation: Conversation, message: str) -> bool:
    """Whether an earlier conversation has it. In the conversation itself, creating it will tell."""
    for place in conversation.earlier:
        if await tx.get(Inbound, tenant=conversation.tenant, conversation=place, message=message):
            return True
    return False
