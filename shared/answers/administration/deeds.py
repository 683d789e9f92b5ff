"""Deeds of administrators about people: to take a conversation over, write to, block or erase a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.answers.administration.performing import Done, Unable, Whom
from shared.answers.staff.doing import greet, greeting_id
from shared.answers.staff.wording import Wording
from shared.conversation import handoffs, outbox, people, taking
from shared.conversation.acts import Scene
from shared.conversation.conversation import Conversation
from shared.conversation.merging import conversations
from shared.conversation.relaying import TermsOf, relay_id
from shared.conversation.speaking import Speech, speak
from shared.conversation.taking import Result
from shared.models.administrator import Administrator, Waiting
from shared.models.erasure import KEPT, Erasure
from shared.models.handoff import Handoff
from shared.models.parts import Part, Text
from shared.models.people import Contact, Standing
from shared.models.staff import Way
from shared.models.tenant import Tenant
from shared.models.terms import Terms
from shared.tenants import roster


@dataclass(frozen=True)
class _AboutOne:
    """A deed about one person, by a member of staff."""

    tenant: Tenant
    staff: str
    whom: Whom

    @property
    def sensitive(self) -> bool:
        return False

    @property
    def said(self) -> Wording:
        return Wording(self.tenant, self.staff)

    async def target(self, scene: Scene, own: Administrator) -> str:
        return (await self.whom.of(scene, own)).contact

    def told(self, key: str, **values: object) -> Sequence[Part]:
        return [Text(text=self.said.of(key, **values))]


@dataclass(frozen=True)
class TakeOver(_AboutOne):
    """Takes a person's conversation over: their open request, or a new one."""

    terms: TermsOf

    async def prepare(self, scene: Scene, own: Administrator, /) -> Done:
        contact = await self.whom.of(scene, own)
        person, request = await _request(scene, contact)
        before = _held_by(request)
        result = await _hold(scene, self.tenant, self.staff, person, request)
        _check(self.said, result, contact)
        greeting = await greet(self.tenant, self.staff, result, scene.now, self.terms)

        def write() -> None:
            result.write()
            greeting(scene.tx)

        return Done(
            contact.contact,
            before,
            _held_by(request),
            parts=[Text(text=self.said.taken(result))],
            write=write,
            due=request.handoff,
            queued={person.conversation: greeting_id(request)},
        )


@dataclass(frozen=True)
class SayTo(_AboutOne):
    """Writes to a person as staff: takes their request first, unless the writer has it."""

    words: str
    terms: TermsOf

    async def prepare(self, scene: Scene, own: Administrator, /) -> Done:
        contact = await self.whom.of(scene, own)
        person, request = await _request(scene, contact)
        terms = await self.terms(self.tenant.tenant, person.channel)
        if not _within(terms, person, scene.now):
            raise Unable("admin_window", contact.contact, name=_name(contact))
        before, speech = _held_by(request), relay_id(scene.batch[-1].message)
        if request.open and request.holder == self.staff:
            words = Speech(
                speech, request.handoff, self.staff, self._parts(), scene.conversation.conversation
            )
            result = await speak(scene.tx, self.tenant, words, self.terms, scene.now)
            _check(self.said, result, contact)
        else:
            result = await self._taking(scene, person, request, speech, terms, contact)
        parts = self.told("admin_said", name=_name(contact))
        queued = {person.conversation: speech}
        return Done(
            contact.contact,
            before,
            _held_by(request),
            parts=parts,
            write=result.write,
            due=request.handoff,
            queued=queued,
        )

    async def _taking(
        self, scene: Scene, person: Conversation, request: Handoff, id: str, terms: Terms, contact: Contact
    ) -> Result:
        """Takes the request, and says the words in the same transaction."""
        taken = await _hold(scene, self.tenant, self.staff, person, request)
        _check(self.said, taken, contact)
        draft = outbox.Draft(
            id, taking.spoken(self._parts()), author="staff", handoff=request.handoff, staff=self.staff
        )

        def write() -> None:
            taken.write()
            taking.first_words(request, self.staff, scene.now)
            outbox.queue(scene.tx, person, draft, terms, scene.now)
            scene.tx.put(request)
            scene.tx.put(person)

        return Result("done", request, person, write)

    def _parts(self) -> list[Part]:
        return [Text(text=self.words)]


@dataclass(frozen=True)
class _News:
    """The moment of an act of staff, as news about a person's standing."""

    id: str
    at: datetime
    order: int = 0


@dataclass(frozen=True)
class Block(_AboutOne):
    """Blocks a person for the organisation, or unblocks them."""

    holds: bool

    @property
    def sensitive(self) -> bool:
        return self.holds

    async def prepare(self, scene: Scene, own: Administrator, /) -> Done:
        contact = await self.whom.of(scene, own)
        if self.holds:
            _spare_staff(self.tenant, contact)
        documents = await people.all_of(scene.tx, self.tenant.tenant, contact.contact)
        before, news = contact.standing, _News(scene.batch[-1].message, scene.now)
        for each in documents:
            each.learn("blocked", holds=self.holds, source="staff", event=news)
            if isinstance(each, Contact):
                each.plan_at = scene.now

        def write() -> None:
            for each in documents:
                scene.tx.put(each)

        after = documents[0].standing if documents else Standing.OPEN
        parts = self.told("admin_blocked" if self.holds else "admin_unblocked", name=_name(contact))
        return Done(contact.contact, before, after, parts=parts, write=write)


@dataclass(frozen=True)
class Forget(_AboutOne):
    """Begins the erasure of a person, once their number was typed again; maintenance carries it out."""

    confirmed: bool = False

    @property
    def sensitive(self) -> bool:
        return True

    async def prepare(self, scene: Scene, own: Administrator, /) -> Done:
        contact = await self.whom.of(scene, own)
        _spare_staff(self.tenant, contact)
        if not self.confirmed:
            return self._ask(scene, own, contact)
        keys = {"tenant": self.tenant.tenant, "erasure": contact.contact}
        found = await scene.tx.get(Erasure, **keys)
        now = scene.now
        erasure = found or Erasure(**keys, by=self.staff, at=now, due_at=now, expires_at=now + KEPT)
        erasure.due_at, erasure.done_at = now, None
        parts = self.told("admin_forgetting", name=_name(contact))
        return Done(contact.contact, "known", "erased", parts=parts, write=lambda: scene.tx.put(erasure))

    def _ask(self, scene: Scene, own: Administrator, contact: Contact) -> Done:
        own.waiting = Waiting(
            step="number",
            word="forget",
            about=contact.contact,
            number=self.whom.number,
            at=scene.now,
            conversation=scene.conversation.conversation,
        )
        parts = self.told("admin_ask_number", name=_name(contact), number=self.whom.number)
        return Done(contact.contact, result="asked for the number", parts=parts)


async def _request(scene: Scene, contact: Contact) -> tuple[Conversation, Handoff]:
    """Returns the conversation in which the person wrote last, and its request: the open one or a new one.

    Raises Unable if they never wrote, or are the member of staff.
    """
    found = await conversations(scene.tx, contact)
    heard = [each for each in found if each.writer.heard_at]
    if not heard:
        raise Unable("admin_no_conversation", contact.contact, name=_name(contact))
    person = max(heard, key=lambda each: (each.writer.heard_at, each.conversation))
    if person.conversation == scene.conversation.conversation:
        raise Unable("admin_own", contact.contact)
    request = await handoffs.open_request(scene.tx, person)
    if request is None:
        message = scene.batch[-1].message
        request = handoffs.new(person, message, "staff", scene.now)
        request.ask("staff", message, person.preview, scene.now)
    return person, request


async def _hold(scene: Scene, tenant: Tenant, staff: str, person: Conversation, request: Handoff) -> Result:
    own = scene.conversation
    return await taking.hold(
        scene.tx, tenant, request, person, staff, own.channel, scene.now, desk=own.conversation
    )


def _check(said: Wording, result: Result, contact: Contact) -> None:
    """Raises Unable if the request is somebody else's, or the writer's already."""
    if result.verdict == "done" and result.request is not None:
        return
    number = result.request.number if result.request else 0
    if result.verdict == "theirs" and result.request is not None:
        raise Unable("staff_taken_by", contact.contact, number=number, who=said.name(result.request.holder))
    if result.verdict == "mine":
        raise Unable("staff_taken", contact.contact, number=number, name=_name(contact))
    raise Unable("staff_over", contact.contact, number=number)


def _spare_staff(tenant: Tenant, contact: Contact) -> None:
    """Raises Unable if the contact is a member of staff."""
    if any(roster.member_of(tenant, each.channel, contact.identities) for each in _ways(tenant)):
        raise Unable("admin_is_staff", contact.contact, name=_name(contact))


def _ways(tenant: Tenant) -> list[Way]:
    return [way for member in tenant.staff.values() for way in member.ways if way.channel]


def _held_by(request: Handoff) -> str:
    return f"with {request.holder}" if request.holder else "with the concierge"


def _within(terms: Terms, person: Conversation, now: datetime) -> bool:
    """Whether the network lets us write freely to the person now."""
    heard = person.writer.heard_at
    return terms.window is None or (heard is not None and now < heard + terms.window)


def _name(contact: Contact) -> str:
    return contact.name or f"…{contact.phone[-4:]}"
