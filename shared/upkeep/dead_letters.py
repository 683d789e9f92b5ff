"""Dead letters: an event that failed all its attempts is stored, and a person waiting for an answer is told.

It is stored first, in a transaction of its own that reads no field of the event: the cause of the failure may
also break the later steps. Then this event comes back, and an administrator sees the dead letter meanwhile.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import ValidationError

from shared.answers.apology import apology, promise
from shared.conversation import emergencies, messages, outbox, people, taking
from shared.conversation import handoffs as handoff
from shared.conversation.arrivals import document, find_or_begin
from shared.conversation.conversation import Conversation
from shared.conversation.relaying import relay
from shared.formats import wire
from shared.language.texts import text
from shared.models.dead_letter import DeadLetter, Undelivered
from shared.models.events import INBOUND, MessageReceived
from shared.models.handoff import Desk, Handoff
from shared.models.message import Inbound, Outbound, Outcome
from shared.models.parts import Text
from shared.models.people import Standing
from shared.models.tenant import Tenant
from shared.models.terms import Terms
from shared.models.words import words_of
from shared.platform import logs
from shared.platform.clock import Clock, Ids
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction
from shared.tenants.directory import Directory
from shared.understanding.reader import Danger, Reader

#: The function that owes answers, and the topic of its questions.
_ANSWERING = ("reply", "inbound")


class DeadLetters:
    def __init__(
        self, store: Store, clock: Clock, ids: Ids, directory: Directory, publisher: Publisher
    ) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._directory, self._publisher = directory, publisher

    async def receive(self, undelivered: Undelivered) -> None:
        """Stores a dead letter, and apologises if it held a question. A repeat changes nothing.

        An outbound message or a receipt is only stored: the sweep retries open messages, and calls a human
        when it is too late (delivery/outbox).
        """
        letter = DeadLetter.of(undelivered, self._clock.now())
        question = owed(letter)
        await self._store.transaction(lambda tx: _keep(tx, letter))
        logs.bind(tenant=letter.tenant, conversation=letter.conversation, message=letter.message)
        logs.logger().error(
            "dead_letter",
            dead_letter=letter.dead_letter,
            kind=letter.kind,
            attempts=letter.attempts,
            reason=letter.error,
        )
        tenant = await self._directory.tenant(letter.tenant) if question else None
        if tenant and question:
            await self._apologise_for(tenant, question, letter)

    async def _apologise_for(self, tenant: Tenant, event: MessageReceived, letter: DeadLetter) -> None:
        terms = await self._directory.terms(event.tenant, event.channel)
        sorry = await self._store.transaction(lambda tx: self._settle(tx, tenant, event, letter, terms))
        if sorry is None or not sorry.open:
            return
        await outbox.announce(self._publisher, sorry.tenant, sorry.conversation, sorry.message)
        # Its request for a human is due: the function `handoff` finds it at its next tick.

    async def _settle(
        self, tx: Transaction, tenant: Tenant, event: MessageReceived, letter: DeadLetter, terms: Terms
    ) -> Outbound | None:
        """Ends the message, unless it has ended. Returns its apology, also one of an earlier dead letter."""
        now = self._clock.now()
        person = await people.meet(tx, event, self._ids, now)
        conversation = await find_or_begin(tx, event, person.contact, self._ids, now)
        keys = {"tenant": event.tenant, "conversation": conversation.conversation}
        message = await messages.inbound(tx, conversation, event.id)
        message = message or document(event, conversation.conversation)
        urgent = person.standing != Standing.BLOCKED and await _is_emergency(tenant, message)
        open_request = await handoff.open_request(tx, conversation)
        desk = await taking.desk_of(tx, event.tenant)
        sorry = await tx.get(Outbound, **keys, message=outbox.answer_id(_apology_for(message)))
        kept = await tx.get(DeadLetter, tenant=letter.tenant, dead_letter=letter.dead_letter)
        if kept is not None:
            kept.conversation, kept.message = conversation.conversation, message.message
            tx.put(kept)
        if message.outcome is not None:
            return sorry
        for person_document in person.writes:
            tx.put(person_document)
        if urgent:
            emergencies.call(tx, conversation, open_request, [message], now)
            message.urgent = True
        conversation.settle_pending(message.message, now)
        _end(message, conversation, person.standing, now)
        if message.outcome == Outcome.DEAD_LETTERED:
            sorry = sorry or _apologise(tx, tenant, conversation, message, open_request, desk, now, terms)
            message.turn = sorry.message
        messages.remember(conversation, message.message)
        conversation.why = f"{message.outcome}: {message.reason}"
        tx.put(conversation)
        tx.put(message)
        return sorry


async def _is_emergency(tenant: Tenant, message: Inbound) -> bool:
    """Whether the message is an emergency by its letters; maintenance has no embedder."""
    found = await Reader(None).danger(tenant, words_of(message), forwarded=message.forwarded)
    return message.urgent or found == Danger.ALARM


def owed(letter: DeadLetter) -> MessageReceived | None:
    """Returns the unanswered question in a dead letter, or None if it holds none.

    An unreadable event is recorded in the letter's `error`.
    """
    if (letter.function, letter.topic) != _ANSWERING:
        return None
    try:
        event = INBOUND.validate_json(letter.data())
    except ValidationError as error:
        letter.error = f"not an event of {letter.topic}: {wire.problem(error, INBOUND)}"
        return None
    return event if isinstance(event, MessageReceived) else None


async def _keep(tx: Transaction, letter: DeadLetter) -> None:
    known = await tx.get(DeadLetter, tenant=letter.tenant, dead_letter=letter.dead_letter)
    if known is None:
        tx.create(letter)
    elif known.record_again(letter):
        tx.put(known)


def _end(message: Inbound, conversation: Conversation, standing: Standing, now: datetime) -> None:
    """Ends the message as the gates would have done; otherwise as DEAD_LETTERED, for a human to answer."""
    if standing == Standing.BLOCKED or (standing == Standing.OPTED_OUT and not message.urgent):
        message.settle(Outcome.SUPPRESSED, str(standing))
    elif conversation.human_present(now):
        reason = "emergency" if message.urgent else "human_present"
        message.settle(Outcome.LEFT_TO_HUMAN, reason)
        relay(conversation, [message])
    else:
        message.settle(Outcome.DEAD_LETTERED, "failed_answers")


def _apologise(
    tx: Transaction,
    tenant: Tenant,
    conversation: Conversation,
    message: Inbound,
    open_request: Handoff | None,
    desk: Desk,
    now: datetime,
    terms: Terms,
) -> Outbound:
    """Queues an apology and calls a human, once for a message, however many dead letters it has.

    For an emergency without an earlier notice, the emergency's text replaces the apology.
    """
    language, promised_at = conversation.session.language, None
    if message.urgent and emergencies.tell(conversation, outbox.answer_id(_apology_for(message))):
        words = text(tenant, language, "emergency")
    else:
        coming, promised_at = promise(tenant, desk, language, now, conversation.staff.handoff)
        words = f"{apology(tenant, language)} {coming}"
    if open_request is not None or not conversation.staff.handoff:  # else an emergency has made one just now
        handoff.request(tx, conversation, open_request, "dead_letter", message.message, now, promised_at)
    draft = outbox.Draft(outbox.answer_id(_apology_for(message)), [Text(text=words)], [message.message])
    return outbox.queue(tx, conversation, draft, terms, now)


def _apology_for(message: Inbound) -> str:
    """Returns the name in the apology's id: the message's own answer may still come, after a replay."""
    return f"dead-{message.message}"
