"""Emergencies of one conversation: while one waits for a human, further ones are added to its request.

It waits until staff act in the conversation (inbound/presence.py), until its request is taken or closed,
and at most for WAITS: an older emergency without a response must not hide a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation, Handoff
from shared.conversation.groups import Emergency
from shared.conversation.handoffs import new
from shared.conversation.outbox import answer_id
from shared.models.message import Inbound
from shared.models.parts import preview
from shared.platform.store import Transaction

#: How long further emergencies are added to an open request instead of making a new one.
WAITS = timedelta(minutes=30)
_SUMMARY = 300


@dataclass(frozen=True)
class CallForEmergency:
    """Calls a human for an emergency, or adds to the request that waits; the person is told of it once."""

    async def prepare(self, scene: Scene) -> Prepared:
        tx, conversation, now = scene.tx, scene.conversation, scene.now
        called = await waiting(tx, conversation, now)
        says = conversation.staff.emergency is None or not conversation.staff.emergency.told

        def write() -> None:
            call(tx, conversation, called, scene.batch, now)
            tell(conversation, answer_id(scene.batch[0].message))

        return Prepared(write, says=says, marks={"urgent": True})


async def waiting(tx: Transaction, conversation: Conversation, now: datetime) -> Handoff | None:
    """Returns the request of the emergency that waits, or None after clearing an emergency that is over.

    Reads one document if there is an emergency, else nothing.
    """
    emergency = conversation.staff.emergency
    if emergency is None:
        return None
    keys = {"tenant": conversation.tenant, "handoff": emergency.handoff}
    found = await tx.get(Handoff, **keys) if conversation.staff.emergency_waits(now) else None
    if found is None or found.state != "waiting":
        conversation.staff.emergency = None
        return None
    return found


def call(
    tx: Transaction,
    conversation: Conversation,
    request: Handoff | None,
    messages: Sequence[Inbound],
    now: datetime,
) -> None:
    """Adds the messages to the `request` that waits, or puts a new request.

    A request counts a message once. Its summary stays as it is if one of the messages is counted already. The
    caller marks the messages `urgent`, and puts them and the conversation.
    """
    uncounted = [message for message in messages if request is None or not message.urgent]
    if not uncounted:
        return
    if request is None:
        request = new(conversation, "emergency", messages[0].message, now)
        conversation.staff.emergency = Emergency(handoff=request.handoff, until=now + WAITS)
    said = [] if len(uncounted) < len(messages) else [part for message in messages for part in message.parts]
    for message in uncounted:
        request.add(message.message, preview(said, _SUMMARY))
    tx.put(request)


def tell(conversation: Conversation, outbound: str) -> bool:
    """Records that this outbound message tells the person. Returns False if another one has done so."""
    emergency = conversation.staff.emergency
    if emergency is None or emergency.told:
        return False
    emergency.told = outbound
    return True


def untell(conversation: Conversation, outbound: str) -> None:
    """Records that this outbound message is not sent after all."""
    if conversation.staff.emergency and conversation.staff.emergency.told == outbound:
        conversation.staff.emergency.told = ""
