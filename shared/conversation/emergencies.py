"""Emergencies of one conversation: while one waits for a human, its request takes all further ones.

It waits until staff act in the conversation (inbound/presence.py), until its request is taken or closed,
and at most for WAITS: an emergency is never missed because of an older one that nobody took.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation, Emergency, Handoff
from shared.conversation.handoffs import new
from shared.conversation.outbox import answer_id
from shared.models.message import Inbound
from shared.models.parts import preview
from shared.platform.store import Transaction

#: How long an emergency that nobody takes keeps further ones from calling again.
WAITS = timedelta(minutes=30)
_SUMMARY = 300


@dataclass(frozen=True)
class CallForEmergency:
    """Calls a human for an emergency, or adds to the call that waits; the person is told of it once."""

    async def prepare(self, scene: Scene) -> Prepared:
        tx, conversation, now = scene.tx, scene.conversation, scene.now
        called = await waiting(tx, conversation, now)
        says = conversation.emergency is None or not conversation.emergency.told

        def write() -> None:
            call(tx, conversation, called, scene.batch, now)
            tell(conversation, answer_id(scene.batch[0].message))

        return Prepared(write, says=says, marks={"urgent": True})


async def waiting(tx: Transaction, conversation: Conversation, now: datetime) -> Handoff | None:
    """The request of the emergency that waits, or None; then the conversation forgets an emergency that is
    over. One read if there is an emergency, else none."""
    emergency = conversation.emergency
    if emergency is None:
        return None
    keys = {"tenant": conversation.tenant, "handoff": emergency.handoff}
    found = await tx.get(Handoff, **keys) if conversation.emergency_waits(now) else None
    if found is None or found.state != "waiting":
        conversation.emergency = None
        return None
    return found


def call(
    tx: Transaction,
    conversation: Conversation,
    request: Handoff | None,
    messages: Sequence[Inbound],
    now: datetime,
) -> None:
    """Adds the messages to the `request` that waits, or puts a new one. A message counts once in a request,
    and the words of one that is counted already stay the summary. The caller marks the messages `urgent`, and
    puts them and the conversation."""
    uncounted = [message for message in messages if request is None or not message.urgent]
    if not uncounted:
        return
    if request is None:
        request = new(conversation, "emergency", messages[0].message, now)
        conversation.emergency = Emergency(handoff=request.handoff, until=now + WAITS)
    said = [] if len(uncounted) < len(messages) else [part for message in messages for part in message.parts]
    for message in uncounted:
        request.add(message.message, preview(said, _SUMMARY))
    tx.put(request)


def tell(conversation: Conversation, outbound: str) -> bool:
    """Whether the outbound message of this id is the one to tell the person; False if another has."""
    emergency = conversation.emergency
    if emergency is None or emergency.told:
        return False
    emergency.told = outbound
    return True


def untell(conversation: Conversation, outbound: str) -> None:
    """The outbound message of this id does not go out after all."""
    if conversation.emergency and conversation.emergency.told == outbound:
        conversation.emergency.told = ""
