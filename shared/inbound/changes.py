"""Edits, deletions and reactions, which come after the message that they change.

A message that waits is changed in place, and a turn that has already taken it starts over. A message whose
answer has not begun to go out waits again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from shared.conversation import messages, people, taking_back
from shared.conversation.conversation import Conversation
from shared.errors import Drop, Retry
from shared.inbound.turns import Turns
from shared.models.events import MessageDeleted, MessageEdited, Reaction, Wake
from shared.models.message import Inbound, Outcome
from shared.models.news import admits, applied
from shared.models.parts import preview, with_files
from shared.models.tenant import Tenant
from shared.platform.clock import Clock, Ids
from shared.platform.store import Store, Transaction

#: How long a change waits for its message, which it may have overtaken.
_OVERTAKEN = timedelta(minutes=1)


class Changes:
    def __init__(self, store: Store, clock: Clock, ids: Ids, turns: Turns) -> None:
        self._store, self._clock, self._ids, self._turns = store, clock, ids, turns

    async def change(self, tenant: Tenant, event: MessageEdited | MessageDeleted) -> None:
        """Applies an edit or a deletion, and starts a turn if the message waits and no turn holds the lease.

        Raises Retry while the message itself may still be on its way, then Drop.
        """
        waiting = await (self._edit(event) if isinstance(event, MessageEdited) else self._delete(event))
        if waiting:
            await self._turns.wake(tenant, Wake(tenant=event.tenant, conversation=waiting))

    async def _edit(self, event: MessageEdited) -> str:

        def change(message: Inbound) -> None:
            message.parts, message.edited = with_files(event.parts, message.parts), True
            message.edit = applied(message.edit, event)
            message.text = preview(event.parts, 300)

        return await self._store.transaction(lambda tx: self._change(tx, event, change))

    async def _delete(self, event: MessageDeleted) -> str:
        """Marks the message as deleted; if it waits, it is suppressed."""

        def change(message: Inbound) -> None:
            message.deleted = True
            if message.outcome is None:
                message.settle(Outcome.SUPPRESSED, "deleted")

        return await self._store.transaction(lambda tx: self._change(tx, event, change))

    async def react(self, _: Tenant, event: Reaction) -> None:
        """Records a reaction as the conversation's `why`, for the console; it needs no answer."""
        sign = event.emoji or "(removed)"

        async def work(tx: Transaction) -> None:
            conversation = await self._conversation(tx, event)
            if conversation is None:
                raise Drop("reaction_without_conversation")
            heard_at = conversation.writer.heard_at
            if not admits(conversation.writer.reacted, event) or (heard_at and heard_at > event.at):
                raise Drop("older_news")
            conversation.writer.reacted = applied(conversation.writer.reacted, event)
            conversation.why = f"kept silent: reaction {sign}"
            tx.put(conversation)

        await self._store.transaction(work)

    async def _change(
        self, tx: Transaction, event: MessageEdited | MessageDeleted, change: Callable[[Inbound], None]
    ) -> str:
        now = self._clock.now()
        conversation = await self._conversation(tx, event)
        message = await messages.inbound(tx, conversation, event.target) if conversation else None
        if conversation is None or message is None:
            if now - event.received_at < _OVERTAKEN:
                raise Retry("change_before_its_message")
            raise Drop("change_of_an_unknown_message")
        if message.deleted or (isinstance(event, MessageEdited) and not admits(message.edit, event)):
            if waiting := _waiting(conversation, now):
                return waiting
            raise Drop("older_news")
        target = message.message
        changed = [message]
        if found := await taking_back.find(tx, conversation, message, now):
            answer, changed = found
            taking_back.take_back(tx, conversation, answer, changed, now)
            message = next(each for each in changed if each.message == target)
        change(message)
        for each in changed:
            tx.put(each)
        if any(waiting.message == target for waiting in conversation.turn.pending):
            if message.outcome:
                conversation.turn.dequeue(target)
            else:
                conversation.turn.enqueue(message)
            tx.put(conversation)
        return _waiting(conversation, now)

    async def _conversation(
        self, tx: Transaction, event: MessageEdited | MessageDeleted | Reaction
    ) -> Conversation | None:
        person = await people.meet(tx, event, self._ids, self._clock.now())
        return await tx.get(
            Conversation, tenant=event.tenant, conversation=f"{event.channel}.{person.contact}"
        )


def _waiting(conversation: Conversation, now: datetime) -> str:
    """Returns the conversation's id if messages are pending and no lease is in force, else ""."""
    turn = conversation.turn
    return conversation.conversation if turn.pending and not turn.at_work(now) else ""
