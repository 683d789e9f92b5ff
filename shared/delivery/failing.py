"""The consequences of a delivery that failed or was cancelled: a human is called, or staff are told."""

from __future__ import annotations

from datetime import datetime

from shared.conversation import handoffs, leaving, occurrences
from shared.conversation.conversation import Conversation
from shared.conversation.relaying import living, relay
from shared.models.handoff import Handoff, Step
from shared.models.message import Outbound
from shared.platform import logs
from shared.platform.store import Transaction


async def call_human(tx: Transaction, message: Outbound, reason: str, now: datetime) -> str:
    """Calls a human because a message was not delivered. The caller puts the message.

    Returns the request for a human that is due now, "" if there is none.

    If it was about a request for a human, that request gets the failure as a step and is due at once: the
    function `handoff` tries the next way, or tells the staff whose words did not arrive. If a trigger began
    it, its occurrence fails, and no human is called.
    """
    logs.logger().error(
        "delivery_failed", tenant=message.tenant, channel=message.channel, turn=message.message, reason=reason
    )
    if message.trigger:
        await occurrences.fail(tx, message, reason, now)
        return ""
    if message.handoff:
        return await _step(tx, message, reason, now)
    conversation = await tx.get(Conversation, tenant=message.tenant, conversation=message.conversation)
    if conversation is None:
        return ""
    found = await handoffs.open_request(tx, conversation)
    due = handoffs.request(tx, conversation, found, "delivery_failed", message.message, now)
    conversation.why = f"not delivered: {reason}"
    tx.put(conversation)
    return due


async def leave_to_human(tx: Transaction, cancelled: Outbound, now: datetime) -> None:
    """Leaves what a cancelled answer answers to the human who stepped in, if no part of it was sent.

    A human at a desk gets it as a relay: the function `handoff` sends it on. The caller puts the answer.
    """
    conversation = await living(tx, cancelled.tenant, cancelled.conversation)
    if conversation is None or cancelled.gateway_ids:
        return
    answered = await leaving.answered_by(tx, conversation, cancelled)
    request = await handoffs.open_request(tx, conversation)
    relay(conversation, leaving.leave(tx.put, answered))
    leaving.unsay(conversation, cancelled)
    tx.put(conversation)
    if request is not None and conversation.staff.relays:
        request.due_at = now
        tx.put(request)


async def _step(tx: Transaction, message: Outbound, reason: str, now: datetime) -> str:
    request = await tx.get(Handoff, tenant=message.tenant, handoff=message.handoff)
    if request is None:
        return ""
    about = {"to": message.staff, "way": message.channel, "result": reason}
    if message.author == "staff":
        request.step(Step(at=now, step="not_delivered", by=message.staff, way=message.channel, result=reason))
    elif message.staff:
        request.step(Step(at=now, step="not_notified", **about))
    else:
        request.step(Step(at=now, step="not_delivered", **(about | {"to": "person"})))
    request.due_at = now
    tx.put(request)
    return request.handoff
