"""Emergencies of one conversation: while one waits for a human, further ones are added to its request.

It waits until staff act in the conversation (inbound/presence.py), until its request is taken or closed,
and at most for WAITS: an older emergency without a response must not hide a new one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Emergency
from shared.conversation.handoffs import new, open_request, put, request_id
from shared.conversation.outbox import answer_id
from shared.models.handoff import Handoff
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
        found = await open_request(tx, conversation)
        emergency = conversation.staff.emergency
        waits = conversation.staff.emergency_waits(now) or all(message.urgent for message in scene.batch)
        says = not waits or emergency is None or not emergency.told

        def write() -> None:
            call(tx, conversation, found, scene.batch, now)
            tell(conversation, answer_id(scene.batch[0].message))

        due = found.handoff if found else request_id(conversation, scene.batch[0].message)
        return Prepared(write, says=says, marks={"urgent": True}, due=due)


def call(
    tx: Transaction,
    conversation: Conversation,
    found: Handoff | None,
    messages: Sequence[Inbound],
    now: datetime,
) -> str:
    """Adds the messages to the open request `found`, or puts a new one. Returns its id, "" if nothing is new.

    A call counts a message once. Its summary stays as it is if one of the messages is counted already. The
    caller marks the messages `urgent`, and puts them and the conversation.
    """
    uncounted = [message for message in messages if not message.urgent]
    if not uncounted:
        return ""
    again = not conversation.staff.emergency_waits(now)
    request = found or new(conversation, messages[0].message, "emergency", now)
    said = [] if len(uncounted) < len(messages) else [part for message in messages for part in message.parts]
    for place, message in enumerate(uncounted):
        request.ask("emergency", message.message, preview(said, _SUMMARY), now, again=again and not place)
    if again:
        conversation.staff.emergency = Emergency(until=now + WAITS)
    put(tx, conversation, request, now)
    return request.handoff


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
