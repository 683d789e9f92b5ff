"""Intake of an inbound message, delivered at least once and in any order: stores it, and finds its turn.

One transaction creates the message document, adds it to the conversation's `pending`, and takes the turn
lease if it is free. A repeat finds the document and only resumes unfinished work.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from shared.answers.late import is_late
from shared.answers.services.typed import is_code
from shared.conversation import emergencies, handoffs, messages, occurrences, people
from shared.conversation.arrivals import document, find_or_begin
from shared.conversation.conversation import PENDING_LIMIT, Conversation
from shared.conversation.merging import Merging
from shared.errors import Drop, Retry
from shared.inbound import gates, stopping, writers
from shared.inbound.floods import Floods, Level
from shared.inbound.newcomers import Acquaintance, acquaintance, admit, turns_away
from shared.language.commands import opts_out_or_in
from shared.models.events import MessageReceived
from shared.models.history import CONCEALED
from shared.models.message import OUTCOME_WITHIN, Inbound, Outbound
from shared.models.people import Standing
from shared.models.tenant import Tenant
from shared.models.terms import Terms
from shared.models.words import words
from shared.platform.clock import Clock, Ids
from shared.platform.store import AlreadyExists, Store, Transaction
from shared.understanding.reader import Danger, Reader

#: How long a turn may take before another worker may finish it; longer than the answer's own deadline.
LEASE = timedelta(seconds=45)
#: A repeat of the lease owner's event takes over only a lease of this age: a younger one is still at work.
TAKEOVER = timedelta(seconds=10)
#: When the sweep wakes a turn that no worker took because its tenant's share was used up.
WAITS = timedelta(minutes=2)


@dataclass(frozen=True)
class Held:
    """A turn whose lease we hold: the conversation as committed, with its epoch and its pending messages."""

    conversation: Conversation
    owner: str


@dataclass(frozen=True)
class Taken:
    """The decision of intake.
    `held` is set if the turn is ours, `waits` if no worker has taken it; `unpublished` are answers that were
    committed but perhaps never published; `stopped` is set if a gate ended the message; `for_staff` is the
    message if no turn hears it and staff may need to, and `due` the request for a human that has something to
    do now. `who` is the person's acquaintance before the message."""

    conversation: str
    message: str
    held: Held | None = None
    stopped: gates.Stop | None = None
    unpublished: list[str] = field(default_factory=list)
    for_staff: Inbound | None = None
    waits: bool = False
    due: str = ""
    who: Acquaintance = "present"


class Intake:
    def __init__(
        self, store: Store, clock: Clock, ids: Ids, merging: Merging, reader: Reader, floods: Floods
    ) -> None:
        self._store, self._clock, self._ids = store, clock, ids
        self._merging, self._reader, self._floods = merging, reader, floods

    async def receive(self, tenant: Tenant, event: MessageReceived, terms: Terms, *, hold: bool) -> Taken:
        """Stores a message and takes its turn if that is free; without `hold`, a free turn is left.
        `terms` are the channel's. Raises Retry while an earlier delivery of the lease owner's event is at
        work."""
        known = await self._merging.known(event)
        writer = await writers.recognised(self._store, tenant, event, known)
        said = words(event.parts)
        danger = await self._reader.danger(tenant, said, forwarded=event.forwarded)
        urgent = danger == Danger.ALARM and not writer.working
        free = danger != Danger.NONE or bool(writer.staff) or opts_out_or_in(said)
        level = Level.CALM if free else self._floods.level(tenant)
        try:
            taken = await self._store.transaction(
                lambda tx: self._first(
                    tx, tenant, event, terms, known, writer, level, urgent=urgent, hold=hold
                )
            )
        except AlreadyExists:
            return await self._store.transaction(lambda tx: self._repeat(tx, event, hold=hold))
        if not (taken.stopped or writer.staff):
            self._floods.count(tenant, stranger=taken.who == "stranger")
        return taken

    async def wake(self, tenant: str, conversation: str) -> Held | None:
        """Takes the lease if messages are pending and no lease is in force, else returns None."""

        async def work(tx: Transaction) -> Held | None:
            found = await tx.get(Conversation, tenant=tenant, conversation=conversation)
            now = self._clock.now()
            if found is None or found.turn.at_work(now):
                return None
            if not found.turn.pending:  # the pending messages were taken back: no work is left
                found.end_turn(now)
                tx.put(found)
                return None
            return self._take(tx, found, found.turn.pending[0].message, now)

        return await self._store.transaction(work)

    async def _first(
        self,
        tx: Transaction,
        tenant: Tenant,
        event: MessageReceived,
        terms: Terms,
        known: people.Person | None,
        writer: writers.Writer,
        level: Level,
        *,
        urgent: bool,
        hold: bool,
    ) -> Taken:
        now = self._clock.now()
        person = await self._met(tx, event, known, now)
        conversation = await find_or_begin(tx, event, person.contact, self._ids, now)
        message = document(event, conversation.conversation)
        message.staff = writer.staff
        await self._refuse_repeat(tx, conversation, event, person)
        held = conversation.human_present(now)  # also by one whose request the console has ended since
        called = await handoffs.open_request(tx, conversation) if urgent or held else None
        begun = () if writer.staff else tuple(occurrences.met(tenant, person.writes, now))
        await _put(tx, person, event)
        for occurrence in begun:
            tx.create(occurrence)
        message.late = is_late(tenant, event.at, now)
        messages.remember(conversation, message.message)
        conversation.end_silence(now)
        if writer.staff and len(conversation.turn.pending) >= PENDING_LIMIT:
            raise Retry("desk_is_busy")  # words for a person are not dropped, also of a talk that ended
        who = acquaintance(tenant, conversation, now)
        stopped = gates.stop(
            tenant,
            conversation,
            person.standing,
            message,
            now,
            emergency=urgent,
            working=writer.working,
            away=turns_away(level, who) and not message.late,
        )
        notice = stopping.notice_due(tenant, conversation, message, stopped.reason, now) if stopped else None
        due = ""
        if urgent and not (stopped and stopped.reason == "blocked"):
            due = emergencies.call(tx, conversation, called, [message], now)
            message.urgent = True
        conversation.hear(event, now, past=person.past)
        if is_code(tenant, conversation, words(event.parts)):
            conversation.preview = CONCEALED
        conversation.writer.await_silence(None if writer.staff else tenant.listens.silence_minutes)
        conversation.refresh(timedelta(minutes=tenant.limits.session_idle_minutes), self._ids, now)
        if stopped:
            unpublished = stopping.end(tx, tenant, conversation, message, stopped, notice, now, terms)
            staffs = stopping.for_staff(message)
            ids = (conversation.conversation, message.message)
            return Taken(*ids, None, stopped, unpublished, staffs, due=due)
        if not message.late and not writer.working:
            conversation.writer.count(now, tenant.limits.messages_per_minute)
        admit(conversation, level, who, now)
        return replace(self._accept(tx, conversation, message, now, hold=hold), due=due, who=who)

    async def _met(
        self, tx: Transaction, event: MessageReceived, known: people.Person | None, now: datetime
    ) -> people.Person:
        """Returns `known`, or reads the person if they are unknown, blocked or opted out.

        An opt-out that was read before the transaction may have been taken back since.
        """
        if known is None or known.standing != Standing.OPEN:
            return await people.meet(tx, event, self._ids, now)
        return known

    def _accept(
        self, tx: Transaction, conversation: Conversation, message: Inbound, now: datetime, *, hold: bool
    ) -> Taken:
        """Stores the message, and takes the turn if it is free and `hold` is set."""
        message.due_at = now + OUTCOME_WITHIN
        tx.create(message)
        conversation.turn.enqueue(message)
        ids = (conversation.conversation, message.message)
        if conversation.turn.at_work(now):
            tx.put(conversation)
            return Taken(*ids)
        if hold:
            return Taken(*ids, self._take(tx, conversation, message.message, now))
        conversation.due_at = conversation.due_at or now + WAITS
        tx.put(conversation)
        return Taken(*ids, waits=True)

    async def _refuse_repeat(
        self, tx: Transaction, conversation: Conversation, event: MessageReceived, person: people.Person
    ) -> None:
        """Raises AlreadyExists or Drop if the message was accepted before."""
        if await messages.is_repeat(tx, conversation, event.id, event.at):
            raise AlreadyExists(event.id)
        if person.former and await self._had_former(tx, event, person):
            raise Drop("repeat_from_before_a_move")

    async def _had_former(self, tx: Transaction, event: MessageReceived, person: people.Person) -> bool:
        """Whether the identity's former contact has the message, which then came before the news of the move.
        The sweep wakes it if it still waits."""
        keys = {"tenant": event.tenant, "conversation": f"{event.channel}.{person.former}"}
        theirs = await tx.get(Conversation, **keys)
        return theirs is not None and await messages.is_repeat(tx, theirs, event.id, event.at)

    async def _repeat(self, tx: Transaction, event: MessageReceived, *, hold: bool) -> Taken:
        now = self._clock.now()
        person = await people.meet(tx, event, self._ids, now)
        keys = {"tenant": event.tenant, "conversation": f"{event.channel}.{person.contact}"}
        conversation = await tx.get(Conversation, **keys)
        message = await messages.inbound(tx, conversation, event.id) if conversation else None
        if conversation is None or message is None:
            raise Drop("repeat_of_a_forgotten_message")
        name = message.message
        unpublished = await _open_answers(tx, message)
        held, waits = None, False
        mine = conversation.turn.lease is not None and conversation.turn.lease.owner == name
        if conversation.turn.pending and (mine or message.outcome is None):
            waits = not hold
            held = self._resume(tx, conversation, name, mine, now) if hold else None
        return Taken(keys["conversation"], name, held, None, unpublished, stopping.for_staff(message), waits)

    def _resume(
        self, tx: Transaction, conversation: Conversation, name: str, mine: bool, now: datetime
    ) -> Held | None:
        lease = conversation.turn.lease
        if lease is None or lease.until <= now:
            return self._take(tx, conversation, name, now)
        if not mine:
            return None  # another event holds the turn, and will answer this message too
        if now - lease.taken_at >= TAKEOVER:
            return self._take(tx, conversation, name, now)
        raise Retry("turn_in_progress", after=(lease.taken_at + TAKEOVER - now).total_seconds())

    def _take(self, tx: Transaction, conversation: Conversation, owner: str, now: datetime) -> Held:
        conversation.take_turn(owner, now, now + LEASE)
        tx.put(conversation)
        return Held(conversation, owner)


async def _put(tx: Transaction, person: people.Person, event: MessageReceived) -> None:
    """Writes what is new about the person: they may have unblocked us."""
    met = person.writes
    if person.unblocks:
        met, _ = await people.learn_blocked(tx, person, event, blocked=False, source="person")
    for each in met:
        tx.put(each)


async def _open_answers(tx: Transaction, message: Inbound) -> list[str]:
    """Returns the id of the message's answer if that is still to be sent."""
    if not message.turn:
        return []
    answer = await tx.get(
        Outbound, tenant=message.tenant, conversation=message.conversation, message=message.turn
    )
    return [answer.message] if answer and answer.open else []
