"""Withdrawal of an unsent answer when one of the messages that it answers is edited or deleted.

All the messages that it answered are pending again, with their present words. An answer that was sent, or may
have been sent, stays.
"""

from __future__ import annotations

from datetime import datetime

from shared.conversation import emergencies, leaving
from shared.conversation.conversation import PENDING_LIMIT, Conversation
from shared.models.message import Inbound, Outbound, Outcome, Status
from shared.platform.store import Transaction


async def find(
    tx: Transaction, conversation: Conversation, message: Inbound, now: datetime
) -> tuple[Outbound, list[Inbound]] | None:
    """Returns the answer to the message and all messages that it answers, or None if it must stay.

    Only the last answer of the outbox can be withdrawn: the next answer goes to the end of the outbox.
    """
    if message.outcome not in (Outcome.ANSWERED, Outcome.MERGED) or conversation.human_present(now):
        return None
    keys = {"tenant": conversation.tenant, "conversation": conversation.conversation}
    answer = await tx.get(Outbound, **keys, message=message.turn)
    if answer is None or answer.seq != conversation.sending.outbound or not _unsent(answer):
        return None
    answered = await leaving.answered_by(tx, conversation, answer)
    fits = len(conversation.turn.pending) + len(answered) <= PENDING_LIMIT
    return (answer, answered) if fits else None


def take_back(
    tx: Transaction, conversation: Conversation, answer: Outbound, answered: list[Inbound], now: datetime
) -> None:
    """Deletes the answer and makes its messages pending; the caller puts them and the conversation.

    If no event takes the turn, the sweep does.
    """
    tx.delete(answer)
    for message in answered:
        message.reopen(now)
    conversation.sending.take_back()
    emergencies.untell(conversation, answer.message)
    leaving.unsay(conversation, answer)
    said = {("person", message.at) for message in answered}
    conversation.history = [line for line in conversation.history if (line.author, line.at) not in said]
    conversation.turn.enqueue(*answered)
    if conversation.turn.lease is None:
        conversation.due_at = now


def _unsent(answer: Outbound) -> bool:
    queued = all(part.status == Status.QUEUED and not part.calls for part in answer.parts)
    return answer.open and not answer.cancelled and answer.claim is None and queued
