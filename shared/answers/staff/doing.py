"""The acts of staff, with their own words about the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.answers.staff.addressing import Said
from shared.answers.staff.wording import Wording
from shared.conversation import handoffs, outbox, taking
from shared.conversation.acts import Prepared, Scene
from shared.conversation.briefing import brief
from shared.conversation.relaying import TermsOf, relay_id
from shared.conversation.speaking import Speech, speak
from shared.conversation.taking import Result
from shared.language.texts import text
from shared.models.handoff import Duty, Handoff
from shared.models.message import Inbound
from shared.models.parts import Media, Part, Text
from shared.models.tenant import Tenant
from shared.platform.store import Transaction
from shared.tenants import roster

#: Most notes of a request, and most characters of one.
NOTES, NOTE = 50, 1_000
#: How long a word on being on duty holds if no shift ends before.
_DUTY = timedelta(hours=16)


@dataclass(frozen=True)
class Doing:
    """Makes the acts; `terms` returns the terms of a channel."""

    terms: TermsOf

    def say(self, tenant: Tenant, message: Inbound, said: Said) -> Say:
        origin = said.origin or message.message
        return Say(tenant, message.staff, origin, said.handoff, tuple(said.parts), self.terms, said.take)


@dataclass(frozen=True)
class Take:
    """Takes a request, and tells its briefing."""

    tenant: Tenant
    staff: str
    handoff: str
    terms: TermsOf

    async def prepare(self, scene: Scene) -> Prepared:
        own, said = scene.conversation, Wording(self.tenant, self.staff)
        result = await taking.take(
            scene.tx, self.tenant, self.handoff, self.staff, own.channel, scene.now, desk=own.conversation
        )
        if result.verdict != "done" or result.request is None or result.person is None:
            return Prepared(result.write, more=said.refusal(result))
        told = brief(self.tenant, result.request, result.person, said.language, scene.now)
        words = f"{said.taken(result)}\n\n{told.written(self.tenant, said.language)}"
        greeting = await greet(self.tenant, self.staff, result, scene.now, self.terms)

        def write() -> None:
            result.write()
            greeting(scene.tx)

        queued = {result.person.conversation: greeting_id(result.request)}
        return Prepared(write, more=[Text(text=words)], due=self.handoff, queued=queued)


@dataclass(frozen=True)
class Say:
    """Relays words to the person of a request; takes it first if nobody has, and the words may take it.

    `origin` is the message that has the words: they are passed on to a person once, whatever asks for it.
    """

    tenant: Tenant
    staff: str
    origin: str
    handoff: str
    parts: Sequence[Part]
    terms: TermsOf
    take: bool

    async def prepare(self, scene: Scene) -> Prepared:
        own, said = scene.conversation, Wording(self.tenant, self.staff)
        if (problem := _unsendable(self.parts)) is not None:
            return Prepared(lambda: None, more=[Text(text=said.of(problem))])
        if self.take:
            found = await scene.tx.get(Handoff, tenant=self.tenant.tenant, handoff=self.handoff)
            if found is not None and found.open and found.holder != self.staff:
                return await self._taking(scene, said)
        speech = Speech(relay_id(self.origin), self.handoff, self.staff, self.parts, own.conversation)
        result = await speak(scene.tx, self.tenant, speech, self.terms, scene.now)
        if result.verdict != "done":
            return Prepared(result.write, more=said.refusal(result))
        if result.person is None:  # queued before
            return Prepared(result.write)
        queued = {result.person.conversation: speech.id}
        return Prepared(result.write, queued=queued, marks={"turn": speech.id})

    async def _taking(self, scene: Scene, said: Wording) -> Prepared:
        """Takes the request, and says the words in the same transaction."""
        own, staff = scene.conversation, self.staff
        result = await taking.take(
            scene.tx, self.tenant, self.handoff, staff, own.channel, scene.now, desk=own.conversation
        )
        person, request = result.person, result.request
        if result.verdict != "done" or request is None or person is None:
            return Prepared(result.write, more=said.refusal(result))
        pace = await self.terms(self.tenant.tenant, person.channel)
        speech_id = relay_id(self.origin)
        draft = outbox.Draft(
            speech_id, taking.spoken(self.parts), author="staff", handoff=self.handoff, staff=staff
        )

        def write() -> None:
            result.write()
            taking.first_words(request, staff, scene.now)
            outbox.queue(scene.tx, person, draft, pace, scene.now)
            scene.tx.put(request)
            scene.tx.put(person)

        queued = {person.conversation: speech_id}
        return Prepared(
            write,
            more=[Text(text=said.taken(result))],
            due=self.handoff,
            queued=queued,
            marks={"turn": speech_id},
        )


@dataclass(frozen=True)
class Close:
    """Gives a request back to the concierge."""

    tenant: Tenant
    staff: str
    handoff: str

    async def prepare(self, scene: Scene) -> Prepared:
        said = Wording(self.tenant, self.staff)
        found = await scene.tx.get(Handoff, tenant=self.tenant.tenant, handoff=self.handoff)
        if found is not None and found.state == "taken" and found.holder != self.staff:
            return Prepared(lambda: None, more=said.refusal(Result("theirs", found)))
        result = await taking.give_back(
            scene.tx, self.tenant.tenant, self.handoff, self.staff, scene.now, why="closed"
        )
        if result.verdict != "done" or result.request is None:
            return Prepared(result.write, more=said.refusal(result))
        return Prepared(result.write, more=[Text(text=said.closed(result))], due=self.handoff)


@dataclass(frozen=True)
class PassOn:
    """Asks another member of staff to take a request over."""

    tenant: Tenant
    staff: str
    handoff: str
    to: str

    async def prepare(self, scene: Scene) -> Prepared:
        said = Wording(self.tenant, self.staff)
        result = await taking.pass_on(
            scene.tx, self.tenant.tenant, self.handoff, self.staff, self.to, scene.now
        )
        if result.verdict != "done" or result.request is None:
            return Prepared(result.write, more=said.refusal(result))
        words = said.of("staff_transferred", number=result.request.number, who=said.name(self.to))
        return Prepared(result.write, more=[Text(text=words)], due=self.handoff)


@dataclass(frozen=True)
class Note:
    """Keeps a note on a request; the person never sees it."""

    tenant: Tenant
    handoff: str
    staff: str
    words: str

    async def prepare(self, scene: Scene) -> Prepared:
        said = Wording(self.tenant, self.staff)
        found = await scene.tx.get(Handoff, tenant=self.tenant.tenant, handoff=self.handoff)
        if found is None:
            return Prepared(lambda: None, more=said.refusal(Result("unknown")))
        found.notes = [*found.notes, f"{said.name(self.staff)}: {self.words[:NOTE]}"][-NOTES:]
        words = said.of("staff_noted", number=found.number)
        return Prepared(lambda: scene.tx.put(found), more=[Text(text=words)])


@dataclass(frozen=True)
class KeepDraft:
    """Keeps words that were suggested to a member of staff, to be sent at their word."""

    tenant: Tenant
    handoff: str
    words: str

    async def prepare(self, scene: Scene) -> Prepared:
        found = await scene.tx.get(Handoff, tenant=self.tenant.tenant, handoff=self.handoff)
        if found is None:
            return Prepared(lambda: None)
        found.draft = self.words
        return Prepared(lambda: scene.tx.put(found))


@dataclass(frozen=True)
class OnDuty:
    """Records a member of staff's word on being on duty, until their shift ends or begins."""

    tenant: Tenant
    staff: str
    on: bool

    async def prepare(self, scene: Scene) -> Prepared:
        desk = await taking.desk_of(scene.tx, self.tenant.tenant)
        desk.duty[self.staff] = Duty(on=self.on, at=scene.now, until=self._until(scene.now))
        words = Wording(self.tenant, self.staff).of("staff_on" if self.on else "staff_off")
        return Prepared(lambda: scene.tx.put(desk), more=[Text(text=words)])

    def _until(self, now: datetime) -> datetime:
        ends = roster.duty_ends(self.tenant, self.staff, now)
        return ends if self.on and ends else now + _DUTY


def greeting_id(request: Handoff) -> str:
    """Returns the id of the message with the name of the holder."""
    return f"taken-{handoffs.origin(request)}-{len(request.steps)}"


async def greet(
    tenant: Tenant, staff: str, result: Result, now: datetime, terms: TermsOf
) -> Callable[[Transaction], None]:
    """Returns the write of the message with the name of the holder. Call it after the request's own write."""
    person, request = result.person, result.request
    if person is None or request is None:
        raise ValueError("nothing was taken")
    pace = await terms(tenant.tenant, person.channel)
    words = text(tenant, person.session.language, "handoff_taken", name=Wording(tenant, staff).name(staff))
    draft = outbox.Draft(greeting_id(request), [Text(text=words)], handoff=request.handoff)

    def write(tx: Transaction) -> None:
        outbox.queue(tx, person, draft, pace, now)
        tx.put(person)

    return write


def _unsendable(parts: Sequence[Part]) -> str | None:
    """Returns the key of the text that says why the words cannot be sent on, or None if they can."""
    if not any(not isinstance(part, Text) or part.text.strip() for part in parts):
        return "staff_one_word"
    if any(isinstance(part, Media) and not part.stored for part in parts):
        return "staff_unreadable_file"
    return None
