"""The messages that one turn answers: which wait, and whether they are still the ones that were answered."""

from __future__ import annotations

from shared.answers.late import first_batch
from shared.conversation.conversation import PENDING_LIMIT, Conversation
from shared.models.message import Inbound
from shared.models.pending import Reference, unchanged


def waiting(conversation: Conversation) -> list[Inbound | Reference]:
    """Returns the messages to answer together first, in the order in which the person wrote them.

    It is at most as many as one commit takes, which is all but after a merge of conversations; a first
    emergency is one more than the limit of pending messages.
    """
    found = sorted(
        conversation.turn.pending, key=lambda each: (each.at, each.order, each.received_at, each.message)
    )
    return first_batch(found)[: PENDING_LIMIT + 1]


def by_staff(conversation: Conversation) -> bool:
    """Whether the next message is one of staff, which stands alone: nothing is waited for."""
    return any(each.staff for each in waiting(conversation)[:1])


def still_there(batch: list[Inbound], waiting: list[Inbound | Reference]) -> bool:
    """Whether all answered messages are still pending, unchanged.
    An edit back to the same words counts as a change, so that the newest edit stays known."""
    there = {each.message: each for each in waiting}
    return all(message.message in there and unchanged(there[message.message], message) for message in batch)


def nothing_before(batch: list[Inbound], waiting: list[Inbound | Reference]) -> bool:
    """Whether no pending message was written before the answered ones: a gateway may post it late."""
    return [message.message for message in waiting[: len(batch)]] == [message.message for message in batch]
