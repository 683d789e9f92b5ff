"""Messages left to a human: the concierge's answer to them was cancelled before it reached the person."""

from __future__ import annotations

from collections.abc import Callable

from shared.conversation.conversation import Conversation
from shared.models.document import Document
from shared.models.message import Inbound, Outbound, Outcome
from shared.platform.store import Transaction


async def answered_by(tx: Transaction, conversation: Conversation, outbound: Outbound) -> list[Inbound]:
    """Returns the messages that `outbound` answers, also from conversations merged into this one."""
    places = [conversation.conversation, *conversation.archive.earlier]
    found = [
        await tx.get(Inbound, tenant=outbound.tenant, conversation=place, message=message)
        for message in outbound.answers
        for place in places
    ]
    return [message for message in found if message is not None]


def leave(put: Callable[[Document], None], messages: list[Inbound]) -> None:
    """Sets the outcome `left_to_human` because a human stepped in; a suppressed message stays suppressed."""
    for message in messages:
        if message.outcome != Outcome.SUPPRESSED:
            message.settle(Outcome.LEFT_TO_HUMAN, "human_stepped_in")
            put(message)
