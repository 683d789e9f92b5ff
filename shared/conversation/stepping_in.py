"""A human steps in: pending messages are left to them, and answers not yet sent are cancelled.

First all reads, then all writes, as a transaction wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.conversation import leaving, occurrences, pending
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Presence
from shared.models.document import Document
from shared.models.message import Inbound, Outbound, Status
from shared.models.occurrence import Occurrence
from shared.platform.store import Transaction, Where

_OPEN_LIMIT = 50


@dataclass(frozen=True)
class Silence:
    """The work to end before a human speaks: the messages that wait, and the open answers with theirs."""

    waiting: Sequence[Inbound]
    answers: Sequence[tuple[Outbound, list[Inbound]]]
    #: The occurrences of those messages that a trigger began, by the message's id.
    begun: Mapping[str, Occurrence]

    def received_by(self, end: datetime) -> Silence:
        """Returns the messages that reached us by `end`, and the answers to no later message.

        A message of ours that answers none belongs to the time when it was queued.
        """
        return Silence(
            [message for message in self.waiting if message.received_at <= end],
            [
                (outbound, answered)
                for outbound, answered in self.answers
                if max((message.received_at for message in answered), default=outbound.at) <= end
            ],
            self.begun,
        )


async def read(tx: Transaction, conversation: Conversation) -> Silence:
    """Returns the work to end before a human speaks in the conversation."""
    waiting = await pending.load(tx, conversation.tenant, conversation.turn.pending)
    return await _unsent(tx, conversation, waiting)


async def cancelled(
    tx: Transaction, conversation: Conversation, whole: Conversation, now: datetime
) -> tuple[list[Document], list[Inbound]]:
    """Returns the writes that cancel the conversation's answers not yet sent, for the caller to put, and the
    messages that this leaves to the human.

    It is merged into `whole`, in which a human is present. Messages that wait stay pending.
    """
    writes: list[Document] = []
    left = _leave(writes.append, whole, await _unsent(tx, conversation, []), now)
    return writes, left


async def _unsent(tx: Transaction, conversation: Conversation, waiting: Sequence[Inbound]) -> Silence:
    """Returns the open answers of the conversation, beside the messages that wait."""
    answers = [
        (outbound, await leaving.answered_by(tx, conversation, outbound))
        for outbound in await _open_outbox(tx, conversation)
        if outbound.author == "concierge" and not outbound.staff  # news for staff goes on
    ]
    begun = {each.message: await occurrences.of_message(tx, each) for each, _ in answers if each.trigger}
    return Silence(waiting, answers, {name: each for name, each in begun.items() if each is not None})


def step_in(
    tx: Transaction, conversation: Conversation, silence: Silence, presence: Presence
) -> list[Inbound]:
    """Gives the conversation to a human. Returns the messages left to them, oldest first.

    Also those are left whose answer was never sent: a human at a desk gets them as relays. The caller puts
    the conversation.
    """
    conversation.take_over(presence)
    return _leave(tx.put, conversation, silence, presence.since)


def settle_past(
    tx: Transaction, conversation: Conversation, silence: Silence, end: datetime, now: datetime
) -> None:
    """Leaves messages to a human whose silence ended at `end`, before we learned of it.

    Messages that reached us later stay with the concierge: a turn at work on them goes on, and their answers
    are sent. The caller puts the conversation.
    """
    theirs = silence.received_by(end)
    for message in theirs.waiting:
        conversation.settle_pending(message.message, now)
    _leave(tx.put, conversation, theirs, now)


def _leave(
    put: Callable[[Document], None], conversation: Conversation, silence: Silence, now: datetime
) -> list[Inbound]:
    """Leaves the messages to a human, without their answers. Returns them, oldest first."""
    left = [*silence.waiting]
    for outbound, answered in silence.answers:
        if _cancel(outbound):
            leaving.unsay(conversation, outbound)
            left += answered
        put(outbound)
        occurrence = silence.begun.get(outbound.message)
        if occurrence is not None and not outbound.open:
            occurrence.close("cancelled", "a human took the conversation", now)
            put(occurrence)
    return leaving.leave(put, left)


def _cancel(outbound: Outbound) -> bool:
    """Cancels an answer: parts not yet sent stay unsent; a send in progress is still settled.

    Returns whether no part was sent, nor will be. The caller puts it.
    """
    outbound.cancelled = True
    untouched = all(part.status == Status.QUEUED for part in outbound.parts)
    unsent = outbound.claim is None and untouched
    if unsent:
        outbound.close(Status.CANCELLED)
    return unsent


async def _open_outbox(tx: Transaction, conversation: Conversation) -> list[Outbound]:
    found: list[Outbound] = []
    for place in [conversation.conversation, *conversation.archive.earlier]:
        found += await tx.query(
            Outbound,
            where=[Where("direction", "==", "out"), Where("open", "==", True)],
            order="seq",
            limit=_OPEN_LIMIT,
            tenant=conversation.tenant,
            conversation=place,
        )
    return found
