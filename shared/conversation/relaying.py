"""Relays: the person's messages to the staff who took their request, in order, each once.

The transaction that leaves a message to a human lists it as a relay; another one queues the listed messages
in the staff's own conversation. So a crash between the two loses nothing, and neither doubles anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from shared.conversation import outbox
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Relay
from shared.models.events import RelayDue
from shared.models.handoff import Handoff
from shared.models.message import Inbound, Outbound
from shared.models.parts import Location, Media, Part, Text, words
from shared.models.terms import Terms
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction

#: How long a relay waits for the file of its message to be fetched.
FILE_WITHIN = timedelta(seconds=20)
#: Most relays of one commit.
LIMIT = 20
#: Returns the terms of a tenant's channel.
TermsOf = Callable[[str, str], Awaitable[Terms]]


def relay(person: Conversation, messages: Sequence[Inbound]) -> None:
    """Lists messages that were left to the present human, if that human is at a desk."""
    human, staff = person.staff.human, person.staff
    if human is None or human.source != "desk":
        return
    known = {each.message for each in staff.relays}
    staff.relays = [
        *staff.relays,
        *(
            Relay(
                message=each.message,
                conversation=each.conversation,
                handoff=staff.handoff,
                desk=human.desk,
            )
            for each in messages
            if each.message not in known
        ),
    ]


class Relays:
    """Queues the relays of a person's conversation in the conversations of staff."""

    def __init__(self, store: Store, clock: Clock, publisher: Publisher, terms: TermsOf) -> None:
        self._store, self._clock, self._publisher, self._terms = store, clock, publisher, terms

    async def send(self, tenant: str, conversation: str) -> None:
        """Sends the listed messages on; those for a notifier are left to the function `handoff`, by an event.

        A message whose file is still being fetched holds back those after it, for FILE_WITHIN at most.
        """
        sent = LIMIT
        while sent == LIMIT:
            queued, due = await self._store.transaction(lambda tx: self._queue(tx, tenant, conversation))
            for outbound in queued:
                await outbox.announce(self._publisher, tenant, outbound.conversation, outbound.message)
            for each in due:
                event = RelayDue(
                    tenant=tenant,
                    handoff=each.handoff,
                    conversation=conversation,
                    message=each.message,
                )
                await self._publisher.publish("handoffs", event, tenant=tenant, conversation=conversation)
            sent = len(queued)

    async def _queue(
        self, tx: Transaction, tenant: str, conversation: str
    ) -> tuple[list[Outbound], list[Relay]]:
        """Returns what was queued, and the relays that only a notifier can send."""
        person = await tx.get(Conversation, tenant=tenant, conversation=conversation)
        if person is None or not person.staff.relays:
            return [], []
        now = self._clock.now()
        first = person.staff.relays[0]
        desk = await living(tx, tenant, _desk(person, first))
        if desk is None:
            return [], [first]
        request = await tx.get(Handoff, tenant=tenant, handoff=first.handoff)
        ready: list[Inbound] = []
        for each in person.staff.relays[:LIMIT]:
            found = await tx.get(Inbound, tenant=tenant, conversation=each.conversation, message=each.message)
            if (each.handoff, each.desk) != (first.handoff, first.desk) or (found and _early(found, now)):
                break
            ready += [found] if found else []
        if not ready:
            return [], []
        terms = await self._terms(tenant, desk.channel)
        number = request.number if request else 0
        sender = f"#{number} {person.name}".strip()
        drafts = [_draft(message, sender, first.handoff, request) for message in ready]
        queued = [outbox.queue(tx, desk, draft, terms, now) for draft in drafts]
        done = {message.message for message in ready}
        person.staff.relays = [each for each in person.staff.relays if each.message not in done]
        tx.put(person)
        tx.put(desk)
        return queued, []


async def living(tx: Transaction, tenant: str, conversation: str) -> Conversation | None:
    """Returns the conversation, or the one that has taken it in; None if there is none."""
    found = await tx.get(Conversation, tenant=tenant, conversation=conversation) if conversation else None
    if found is not None and found.merged_into:
        return await tx.get(Conversation, tenant=tenant, conversation=found.merged_into)
    return found


def _desk(person: Conversation, first: Relay) -> str:
    """Returns the desk of a relay: after a transfer, that of the present holder."""
    human = person.staff.human
    same = human is not None and person.staff.handoff == first.handoff
    return human.desk if human is not None and same else first.desk


def _early(message: Inbound, now: datetime) -> bool:
    """Whether a file of the message may still come soon."""
    files = [
        part for part in message.parts if isinstance(part, Media) and not part.stored and not part.problem
    ]
    return bool(files) and now - message.received_at < FILE_WITHIN


def _draft(message: Inbound, sender: str, handoff: str, request: Handoff | None) -> outbox.Draft:
    staff, number = (request.holder, request.number) if request else ("", 0)
    parts = relayed(message.parts, f"*{sender}*\n")
    name = relay_id(message.message)
    return outbox.Draft(name, parts, handoff=handoff, staff=staff, private=f"[#{number}]")


def relay_id(message: str) -> str:
    """Returns the id of the outbound message that relays a message."""
    return f"relay-{message}"


def relayed(parts: Sequence[Part], label: str = "") -> list[Part]:
    """Returns the parts as they are sent on to somebody else; `label` begins the first text.

    The words of a voice note follow it.
    """
    sent: list[Part] = []
    for part in parts:
        if isinstance(part, Media) and part.stored:
            sent.append(part.model_copy(update={"url": None, "id": "", "heard": ""}))
            sent += [Text(text=f"🎤 {part.heard}")] if part.heard else []
        elif isinstance(part, Location):
            sent.append(part)
        else:
            sent.append(Text(text=words(part)))
    if not label:
        return sent
    first, *others = sent
    if isinstance(first, Text):
        return [Text(text=label + first.text), *others]
    return [Text(text=label.strip()), *sent]
