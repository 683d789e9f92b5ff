"""Review of dead letters: after a fix, an administrator lists, replays or drops them.

A replay publishes the same event again: handlers are idempotent, so one too many has no second effect.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum

from shared.conversation import messages
from shared.conversation.conversation import PENDING_LIMIT, Conversation
from shared.models.dead_letter import DeadLetter, DeadLetterState
from shared.models.document import is_name
from shared.models.message import Inbound, Outcome
from shared.platform.bus import Bus
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where
from shared.upkeep.dead_letters import owed

_PAGE = 100


class Replayed(StrEnum):
    """The result of a replay."""

    REPLAYED = "replayed"
    NOT_WAITING = "not waiting any more"
    LEFT_TO_HUMAN = "left to the human who is in the conversation"
    TOO_MANY_PENDING = "still waiting: its conversation has too many messages waiting for an answer"


class Replay:
    def __init__(self, store: Store, bus: Bus, clock: Clock) -> None:
        self._store, self._bus, self._clock = store, bus, clock

    async def waiting(self, tenant: str = "") -> AsyncIterator[DeadLetter]:
        """Yields the unresolved dead letters, oldest first; of all tenants if `tenant` is empty."""
        keys = {"tenant": tenant} if tenant else {}
        where, seen = [Where("state", "==", DeadLetterState.WAITING.value)], set[str]()
        while True:
            page = await self._store.query(DeadLetter, where=where, order="at", limit=_PAGE, **keys)
            new = [letter for letter in page if letter.location() not in seen]
            if not new:
                return
            for letter in new:
                seen.add(letter.location())
                yield letter
            where = [where[0], Where("at", ">=", new[-1].at)]

    async def find(self, tenant: str, dead_letter: str) -> DeadLetter | None:
        """Returns the letter, or None if it does not exist."""
        if not (is_name(tenant) and is_name(dead_letter)):
            return None
        return await self._store.get(DeadLetter, tenant=tenant, dead_letter=dead_letter)

    async def replay(self, letter: DeadLetter) -> Replayed:
        """Publishes the event to its topic, and marks the letter after that.

        A crash between the two replays twice, which does no harm. A question that was apologised for waits
        for its answer again. Raises errors.Retry if the store or the bus is unavailable.
        """
        result = await self._store.transaction(lambda tx: self._reopen(tx, letter))
        if result != Replayed.REPLAYED:
            return result
        await self._bus.publish(letter.topic, letter.data(), attributes=letter.attributes, key=letter.key)
        await self._store.transaction(lambda tx: self._mark(tx, letter, DeadLetterState.REPLAYED))
        return result

    async def drop(self, letter: DeadLetter) -> bool:
        """Marks the letter as dropped. Returns False if it was resolved before."""
        return await self._store.transaction(lambda tx: self._mark(tx, letter, DeadLetterState.DROPPED))

    async def _mark(self, tx: Transaction, letter: DeadLetter, state: DeadLetterState) -> bool:
        current = await _still_waiting(tx, letter)
        if current is None:
            return False
        current.state = state
        if state == DeadLetterState.REPLAYED:
            current.replayed_at = self._clock.now()
        tx.put(current)
        return True

    async def _reopen(self, tx: Transaction, letter: DeadLetter) -> Replayed:
        current = await _still_waiting(tx, letter)
        if current is None:
            return Replayed.NOT_WAITING
        question = owed(current)
        if question is None or not current.conversation:
            return Replayed.REPLAYED
        conversation = await _conversation(tx, current)
        message = await messages.inbound(tx, conversation, question.id) if conversation else None
        if conversation is None or message is None or message.outcome != Outcome.DEAD_LETTERED:
            return Replayed.REPLAYED
        now = self._clock.now()
        if conversation.human_present(now):
            message.settle(Outcome.LEFT_TO_HUMAN, "human_present")
            current.state, current.replayed_at = DeadLetterState.REPLAYED, now
            tx.put(current)
            tx.put(message)
            return Replayed.LEFT_TO_HUMAN
        if len(conversation.turn.pending) >= PENDING_LIMIT:
            return Replayed.TOO_MANY_PENDING
        _wait_again(conversation, message, now)
        tx.put(conversation)
        tx.put(message)
        return Replayed.REPLAYED


async def _still_waiting(tx: Transaction, letter: DeadLetter) -> DeadLetter | None:
    found = await tx.get(DeadLetter, tenant=letter.tenant, dead_letter=letter.dead_letter)
    return found if found and found.state == DeadLetterState.WAITING else None


async def _conversation(tx: Transaction, letter: DeadLetter) -> Conversation | None:
    """Returns the letter's conversation, or the one that it was merged into."""
    found = await tx.get(Conversation, tenant=letter.tenant, conversation=letter.conversation)
    if found is None or not found.merged_into:
        return found
    return await tx.get(Conversation, tenant=letter.tenant, conversation=found.merged_into)


def _wait_again(conversation: Conversation, message: Inbound, now: datetime) -> None:
    """Puts the message back on `pending`, for the event; and for the sweep, if we end before we publish."""
    message.reopen(now)
    conversation.turn.enqueue(message)
    conversation.due_at = conversation.due_at or now
