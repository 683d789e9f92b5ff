"""Takes an answer back that has not begun to go out, when what it answers is edited or deleted.

All that it answered waits again, in the words of now. What has left, or may have left, stays said.
"""

from __future__ import annotations

from datetime import datetime

from shared.conversation import emergencies, leaving
from shared.conversation.conversation import PENDING_LIMIT, Conversation
from shared.models.message import OUTCOME_WITHIN, Inbound, Outbound, Outcome, Status
from shared.platform.store import Transaction


async def find(
    tx: Transaction, conversation: Conversation, message: Inbound, now: datetime
) -> tuple[Outbound, list[Inbound]] | None:
    """The answer to the message and all that it answers, where it can be taken back. One that is not the last
    of the outbox cannot: another in its place would come after those that follow it."""
    if message.outcome not in (Outcome.ANSWERED, Outcome.MERGED) or conversation.human_present(now):
        return None
    keys = {"tenant": conversation.tenant, "conversation": conversation.conversation}
    answer = await tx.get(Outbound, **keys, message=message.turn)
    if answer is None or answer.seq != conversation.outbound or not _untouched(answer):
        return None
    answered = await leaving.answered_by(tx, conversation, answer)
    fits = len(conversation.pending) + len(answered) <= PENDING_LIMIT
    return (answer, answered) if fits else None


def take_back(
    tx: Transaction, conversation: Conversation, answer: Outbound, answered: list[Inbound], now: datetime
) -> None:
    """The caller puts the messages and the conversation. The sweep sees to it where nobody takes the turn."""
    tx.delete(answer)
    for message in answered:
        message.outcome, message.reason, message.turn = None, "", ""
        message.due_at = now + OUTCOME_WITHIN
    conversation.outbound -= 1
    conversation.offered = []
    emergencies.untell(conversation, answer.message)
    said = {("concierge", answer.at), *(("person", message.at) for message in answered)}
    conversation.history = [line for line in conversation.history if (line.author, line.at) not in said]
    conversation.enqueue(*answered)
    if conversation.lease is None:
        conversation.due_at = now


def _untouched(answer: Outbound) -> bool:
    queued = all(part.status == Status.QUEUED and not part.calls for part in answer.parts)
    return answer.open and not answer.cancelled and answer.claim is None and queued
