"""Requests for a human: one is open per conversation, and further reasons are added to it.

A request is written in the transaction that decides for it. The function `handoff` does the rest, at once on
an event, or at its next tick because the request is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.conversation.acts import Act, Prepared, Scene
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Missing
from shared.models.events import HandoffDue
from shared.models.handoff import Handoff, HandoffReason
from shared.models.parts import shortened
from shared.models.people import plain_id
from shared.platform.publishing import Publisher
from shared.platform.store import Transaction

#: Most characters of a name that a person writes.
_NAME = 60


@dataclass(frozen=True)
class CallHuman:
    """Calls a human because of a message, for one or more reasons.

    `whom` is the person or function that was asked for, `promised_at` the time of an answer that the person
    is told of, None if they are told of none; `asks` is what is asked for in the same
    answer.
    """

    reasons: tuple[HandoffReason, ...]
    message: str
    whom: str = ""
    promised_at: datetime | None = None
    mood: Literal["neutral", "unhappy"] = "neutral"
    mood_reason: str = ""
    asks: Missing = ""

    async def prepare(self, scene: Scene) -> Prepared:
        tx, conversation, now = scene.tx, scene.conversation, scene.now
        found = await open_request(tx, conversation)
        words = scene.heard()[-1]

        def write() -> None:
            made = found or new(conversation, self.message, self.reasons[0], now)
            for reason in self.reasons:
                made.ask(reason, self.message, words, now)
            made.whom = self.whom or made.whom
            made.mood = self.mood if self.mood != "neutral" else made.mood
            made.mood_reason = self.mood_reason or made.mood_reason
            made.promise(self.promised_at, now)
            conversation.staff.asked = self.asks
            put(tx, conversation, made, now)

        return Prepared(write, due=found.handoff if found else request_id(conversation, self.message))


def calling(acts: Sequence[Act], reason: HandoffReason, message: str) -> list[Act]:
    """Returns the acts with a call for a human for this reason too, in the call that is among them if one
    is."""
    if not any(isinstance(act, CallHuman) for act in acts):
        return [*acts, CallHuman((reason,), message)]
    return [
        replace(act, reasons=(*act.reasons, reason))
        if isinstance(act, CallHuman) and reason not in act.reasons
        else act
        for act in acts
    ]


@dataclass(frozen=True)
class AddToRequest:
    """Adds the turn's words to the open request: the name or subject that the person was asked for.

    They make a request of their own if the one that asked for them has just ended: the person is told that
    staff get them.
    """

    async def prepare(self, scene: Scene) -> Prepared:
        conversation, message = scene.conversation, scene.batch[0].message
        found = await open_request(scene.tx, conversation)
        words = " ".join(scene.heard())

        def write() -> None:
            if conversation.staff.asked == "name" and not scene.private:
                conversation.name = shortened(words, _NAME)
            conversation.staff.asked = ""
            made = found or new(conversation, message, "asked", scene.now)
            if found is None:
                made.ask("asked", message, "", scene.now)
            made.name = conversation.name
            made.summary = " · ".join(filter(None, [made.summary, words]))[:300]
            put(scene.tx, conversation, made, scene.now)

        return Prepared(write, due=found.handoff if found else request_id(conversation, message))


@dataclass(frozen=True)
class WithdrawRequests:
    """Withdraws the person's open request for a human, or only one with no other than this reason.

    The request of an emergency stays open, and so does one that somebody took: only staff end it.
    """

    reason: HandoffReason | None = None

    async def prepare(self, scene: Scene) -> Prepared:
        found = await open_request(scene.tx, scene.conversation)
        if found is None or found.urgent or found.state == "taken":
            return Prepared(lambda: None)
        if self.reason is not None and found.reasons != [self.reason]:
            return Prepared(lambda: None)

        def write() -> None:
            found.end("person", scene.now, why="withdrawn")
            scene.conversation.end_request(
                "the person needs nobody any more", holder=found.holder, now=scene.now
            )
            scene.tx.put(found)

        return Prepared(write, due=found.handoff)


async def open_request(tx: Transaction, conversation: Conversation) -> Handoff | None:
    """Returns the conversation's open request, or None; reads one document if there is one.

    Forgets a request that is open no more, with the human who had it.
    """
    if not conversation.staff.handoff:
        return None
    found = await tx.get(Handoff, tenant=conversation.tenant, handoff=conversation.staff.handoff)
    if found is None or not found.open:
        conversation.forget_request(found.holder if found else "")
        return None
    return found


def request(
    tx: Transaction,
    conversation: Conversation,
    found: Handoff | None,
    reason: HandoffReason,
    message: str,
    now: datetime,
    promised_at: datetime | None = None,
) -> str:
    """Adds a reason to the open request `found`, or puts a new one. Returns the request's id.

    The caller puts the conversation. `promised_at` is the time of an answer that the person is told of.
    """
    made = found or new(conversation, message, reason, now)
    made.ask(reason, message, conversation.preview, now)
    made.promise(promised_at, now)
    put(tx, conversation, made, now)
    return made.handoff


def new(conversation: Conversation, message: str, reason: HandoffReason, now: datetime) -> Handoff:
    """Returns a request that counts no message yet."""
    made = Handoff(
        tenant=conversation.tenant,
        handoff=request_id(conversation, message),
        conversation=conversation.conversation,
        contact=conversation.contact,
        name=conversation.name,
        language=conversation.session.language,
        reason=reason,
        created_at=now,
    )
    conversation.staff.requests += 1
    return made


def request_id(conversation: Conversation, message: str) -> str:
    """Returns the id of the request that this message makes, unless one is open.

    A message may make a second one: its answer was withdrawn after the first had ended.
    """
    number = f".{conversation.staff.requests}" if conversation.staff.requests else ""
    return plain_id(f"{conversation.conversation}.{message}{number}")


def put(tx: Transaction, conversation: Conversation, made: Handoff, now: datetime) -> None:
    """Puts a request with news, due at once, and sets the conversation to wait for a human."""
    made.due_at = now
    conversation.staff.handoff = made.handoff
    conversation.wait_for_human()
    tx.put(made)


async def merged(
    tx: Transaction, whole: Conversation, part: Conversation, target: Conversation | None, now: datetime
) -> list[Handoff]:
    """Makes the open requests of two conversations one of `whole`, into which both were merged.

    Returns the requests to put; a request that somebody took stays, else an emergency's, else the older one.
    """
    found = [await open_request(tx, each) for each in (part, target) if each is not None]
    requests = sorted(
        filter(None, found),
        key=lambda each: (each.state != "taken", not each.urgent, each.created_at, each.handoff),
    )
    whole.staff.handoff = requests[0].handoff if requests else ""
    for request in requests[1:]:
        for reason in request.reasons:
            requests[0].ask(reason, request.messages[-1], "", now)
        request.end("", now, why=f"merged into {requests[0].handoff}")
    for request in requests:
        request.conversation, request.contact, request.due_at = whole.conversation, whole.contact, now
    return requests


def origin(request: Handoff) -> str:
    """Returns the request's name in the ids of messages about it.

    It is another one after a restore, when messages may exist that the request's document does not know.
    """
    restored_at = request.restored_at
    return f"{request.handoff}.{int(restored_at.timestamp())}" if restored_at else request.handoff


def restore(request: Handoff, now: datetime) -> None:
    """Reopens a request of a restored database, so that staff are told anew, once.

    The person is told nothing: an apology for the promise may have reached them already. The end of a closed
    one counts as told.
    """
    request.restored_at, request.promised_at = now, None
    if request.open:
        request.reopen(now, why="restored")
    else:
        request.told_end, request.due_at = True, None


async def announce(publisher: Publisher, tenant: str, handoff: str) -> None:
    """Publishes that a request has something to do. Raises Retry if the bus refuses it."""
    await publisher.publish("handoffs", HandoffDue(tenant=tenant, handoff=handoff), tenant=tenant)
