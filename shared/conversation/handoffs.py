"""Requests for a human: made in the transaction that decides for one, and withdrawn in another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation, Handoff, HandoffReason, State
from shared.models.parts import preview
from shared.models.people import plain_id
from shared.platform.store import Transaction, Where

#: Most requests of one conversation that are withdrawn at once.
_LIMIT = 50


@dataclass(frozen=True)
class CallHuman:
    """Calls a human because of a message; the request's id derives from the message's."""

    reason: HandoffReason
    message: str
    #: The person or function that was asked for, "" if none was named.
    whom: str = ""

    async def prepare(self, scene: Scene) -> Prepared:
        tx, conversation, words = scene.tx, scene.conversation, preview(scene.batch[-1].parts)

        def write() -> None:
            request(tx, conversation, self.reason, self.message, scene.now, words, self.whom)

        return Prepared(write)


@dataclass(frozen=True)
class WithdrawRequests:
    """Withdraws the person's open requests for a human, or those of one reason."""

    reason: HandoffReason | None = None

    async def prepare(self, scene: Scene) -> Prepared:
        requests = await waiting(scene.tx, scene.conversation)
        return Prepared(lambda: withdraw(scene.tx, scene.conversation, requests, self.reason))


def request(
    tx: Transaction,
    conversation: Conversation,
    reason: HandoffReason,
    message: str,
    now: datetime,
    summary: str = "",
    whom: str = "",
) -> None:
    """Puts a request for a human, one for each message that needs one, and sets the conversation to wait.

    The caller puts the conversation. `summary` is the conversation's preview by default.
    """
    made = new(conversation, reason, message, now)
    made.whom = whom
    made.add(message, summary or conversation.preview)
    tx.put(made)


def new(conversation: Conversation, reason: HandoffReason, message: str, now: datetime) -> Handoff:
    """Returns a request that counts no message yet, and sets the conversation to wait for a human.

    The request of an emergency has an id of its own, so that no other request about the same message
    replaces it.
    """
    conversation.wait_for_human()
    about = f"{message}.emergency" if reason == "emergency" else message
    return Handoff(
        tenant=conversation.tenant,
        handoff=plain_id(f"{conversation.conversation}.{about}"),
        conversation=conversation.conversation,
        contact=conversation.contact,
        reason=reason,
        created_at=now,
    )


async def waiting(tx: Transaction, conversation: Conversation) -> list[Handoff]:
    """Returns the requests in state `waiting`, also of conversations that were merged into this one."""
    found: list[Handoff] = []
    for place in [conversation.conversation, *conversation.archive.earlier]:
        mine = [Where("conversation", "==", place), Where("state", "==", "waiting")]
        found += await tx.query(Handoff, where=mine, limit=_LIMIT, tenant=conversation.tenant)
    return found


def withdraw(
    tx: Transaction, conversation: Conversation, requests: list[Handoff], reason: HandoffReason | None = None
) -> None:
    """Closes the requests, or those of one reason; without any left the conversation is the concierge's.

    The request of an emergency stays open: only staff end it. The caller puts the conversation.
    """
    for request in requests:
        if request.reason != "emergency" and reason in (None, request.reason):
            request.state = "closed"
            tx.put(request)
    if not any(request.state == "waiting" for request in requests):
        conversation.state = State.BOT
