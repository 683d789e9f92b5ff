"""Requests for a human: made in the transaction that decides that one is needed, and taken back in
another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.conversation.acts import Prepared, Scene
from shared.conversation.conversation import Conversation, Handoff, HandoffReason, State
from shared.models.parts import preview
from shared.models.people import plain_id
from shared.platform.store import Transaction, Where

#: Requests of one conversation that are taken back at once.
_LIMIT = 50


@dataclass(frozen=True)
class CallHuman:
    """Calls a human because of a message, the id of which names the request."""

    reason: HandoffReason
    message: str

    async def prepare(self, scene: Scene) -> Prepared:
        tx, conversation, words = scene.tx, scene.conversation, preview(scene.batch[-1].parts)
        return Prepared(lambda: request(tx, conversation, self.reason, self.message, scene.now, words))


@dataclass(frozen=True)
class WithdrawRequests:
    """Takes the person's open requests for a human back."""

    async def prepare(self, scene: Scene) -> Prepared:
        requests = await waiting(scene.tx, scene.conversation)
        return Prepared(lambda: withdraw(scene.tx, scene.conversation, requests))


def request(
    tx: Transaction,
    conversation: Conversation,
    reason: HandoffReason,
    message: str,
    now: datetime,
    summary: str = "",
) -> None:
    """Puts the request, one for each message that needs a human. The caller puts the conversation, which
    from now on waits for one. `summary` is the conversation's preview by default."""
    made = new(conversation, reason, message, now)
    made.add(message, summary or conversation.preview)
    tx.put(made)


def new(conversation: Conversation, reason: HandoffReason, message: str, now: datetime) -> Handoff:
    """A request that counts no message yet. An emergency's has an id of its own, so that no other request
    about the same message replaces it."""
    if conversation.state == State.BOT:
        conversation.state = State.WAITING
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
    """The requests that nobody has taken yet, also those of conversations that became part of this one."""
    found: list[Handoff] = []
    for place in [conversation.conversation, *conversation.earlier]:
        mine = [Where("conversation", "==", place), Where("state", "==", "waiting")]
        found += await tx.query(Handoff, where=mine, limit=_LIMIT, tenant=conversation.tenant)
    return found


def withdraw(tx: Transaction, conversation: Conversation, requests: list[Handoff]) -> None:
    """The person needs nobody any more: the requests are closed, but an emergency's, which staff look after
    whatever is written later. The caller puts the conversation, which waits for nobody else."""
    for request in requests:
        if request.reason != "emergency":
            request.state = "closed"
            tx.put(request)
    if not any(request.state == "waiting" for request in requests):
        conversation.state = State.BOT
