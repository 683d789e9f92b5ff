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


def leave(put: Callable[[Document], None], messages: list[Inbound]) -> list[Inbound]:
    """Sets the outcome `left_to_human` because a human stepped in. Returns the messages left, oldest first.

    A suppressed message stays suppressed, and one that was left before is not left again.
    """
    ended = (Outcome.SUPPRESSED, Outcome.LEFT_TO_HUMAN)
    left = {message.message: message for message in messages if message.outcome not in ended}.values()
    for message in left:
        message.settle(Outcome.LEFT_TO_HUMAN, "human_stepped_in")
        put(message)
    return sorted(left, key=lambda message: (message.at, message.order, message.message))


def unsay(conversation: Conversation, answer: Outbound) -> None:
    """Removes an answer that was never sent from the history: staff would take it for given."""
    unsaid = ("concierge", answer.at)
    conversation.history = [line for line in conversation.history if (line.author, line.at) != unsaid]
