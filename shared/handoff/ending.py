"""The end of a talk: by the word of staff, idle time, the end of a shift, or because staff cannot be
reached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from shared.conversation import handoffs, occurrences, outbox, taking
from shared.conversation.relaying import TermsOf
from shared.handoff import ladder
from shared.handoff.case import Case, Done
from shared.handoff.ladder import Target
from shared.handoff.promises import expired_words, may_be_told
from shared.handoff.telling import Telling, Words
from shared.language.texts import text
from shared.models.handoff import CONSOLE, PHONE, Desk, Handoff
from shared.models.occurrence import Occurrence
from shared.models.parts import Choice, Choices, Part, Text
from shared.models.tenant import Tenant
from shared.models.terms import Terms
from shared.tenants import roster

#: How long after the last word a talk goes on beyond the end of its holder's shift.
_AFTER_SHIFT = timedelta(minutes=5)
_RATINGS = 5


class Ending:
    def __init__(self, terms: TermsOf, telling: Telling) -> None:
        self._terms, self._telling = terms, telling

    def over(self, case: Case) -> str | None:
        """Returns why a talk is over, or None while it goes on."""
        tenant, request, now = case.tenant, case.request, case.now
        if _unreachable(request):
            return "unreachable"
        human = case.person.staff.human
        if human is None or not case.current:
            return "idle"
        if human.source == "phone":
            return None if now < human.until else "idle"
        if now >= human.until - taking.GRACE:
            return "idle"
        last = human.until - taking.GRACE - timedelta(minutes=tenant.handoff.idle_minutes)
        known = request.holder in tenant.staff
        off = known and request.holder not in roster.on_duty(tenant, case.desk, now)
        return "shift" if off and now - last > _AFTER_SHIFT and _began_on_duty(case) else None

    def stop(self, case: Case, why: str) -> Done:
        """Ends a talk: the request is closed, or open to others if the person still waits for an answer.

        An emergency that nobody of staff has answered waits too, also while the concierge answers it.
        """
        request, person, now = case.request, case.person, case.now
        unanswered = bool(person.history) and person.history[-1].author == "person"
        waits = why == "unreachable" or unanswered
        case.desk.end(request.handoff, now)
        if waits or person.staff.emergency_waits(now):
            request.reopen(now, why=why)
            request.promised_at = now if waits else None
            case.desk.wait(request)
            if case.current:
                person.leave_desk(f"waits for staff: {why}", now)
        else:
            request.end("", now, why=why)
            if case.current:
                person.end_request(f"given back: {why}", holder=request.holder, now=now)
        case.put()
        return Done(again=True, flush=person.conversation if person.staff.relays else "")

    async def finish(self, case: Case) -> Done:
        """Tells the person and the staff that a request has ended, once."""
        request, person = case.request, case.person
        words = None if request.told_end else self._staff_words(case)
        targets = self._concerned(case) if words is not None else []
        told = None
        if words is not None and targets:
            told = await self._telling.prepare(
                case.tx, case.tenant, request, targets, words, case.now, why="ended", purpose="end"
            )
        if case.current:  # ended in the console
            person.end_request("given back: closed", holder=request.holder, now=case.now)
        farewell = None if request.told_end else await self._farewell(case)
        begun = [] if request.told_end or request.state != "closed" else _begun(case)
        request.told_end, request.due_at = True, None
        case.desk.end(request.handoff, case.now)
        queued = []
        if farewell is not None:
            draft, terms = farewell
            outbox.queue(case.tx, person, draft, terms, case.now)
            queued.append((person.conversation, draft.id))
        if told is not None:
            told.write()
        for occurrence in begun:
            case.tx.create(occurrence)
        case.put()
        return Done(queued, told, flush=person.conversation if person.staff.relays else "")

    async def _farewell(self, case: Case) -> tuple[outbox.Draft, Terms] | None:
        """Returns the message that tells the person the end: the concierge is back, how was it?"""
        request, person = case.request, case.person
        parts = _parting(case.tenant, request, person.session.language)
        busy = person.staff.handoff or person.human_present(case.now)
        if not parts or busy or not await may_be_told(case.tx, person):
            return None
        terms = await self._terms(case.tenant.tenant, person.channel)
        return outbox.Draft(f"end-{handoffs.origin(request)}", parts, handoff=request.handoff), terms

    def _staff_words(self, case: Case) -> Callable[[Target], Words] | None:
        """Returns what staff are told of an end that is not their own doing, or None if nothing."""
        tenant, request = case.tenant, case.request
        ends = [step for step in request.steps if step.step in ("closed", "expired")]
        last, number = ends[-1] if ends else request.steps[-1], str(request.number)
        minutes = str(tenant.handoff.idle_minutes)
        if last.step == "closed" and last.by == "person":
            return lambda target: Words(
                text(tenant, roster.reader(tenant, target.staff), "staff_withdrawn", number=number)
            )
        if last.step not in ("closed", "expired") or not request.holder or last.by not in ("", CONSOLE):
            return None
        key = "staff_shift_over" if last.why == "shift" else "staff_idle"

        def words(target: Target) -> Words:
            language = roster.reader(tenant, target.staff)
            why = text(tenant, language, key, minutes=minutes)
            return Words(
                text(tenant, language, "staff_back", number=number, name=request.name or "?", why=why)
            )

        return words

    def _concerned(self, case: Case) -> list[Target]:
        """Returns the holder, or all who were told if nobody took it."""
        tenant, request = case.tenant, case.request
        if request.holder and request.holder != PHONE:
            return [target for target in told_targets(tenant, request) if target.staff == request.holder][:1]
        return told_targets(tenant, request)


def told_targets(tenant: Tenant, request: Handoff) -> list[Target]:
    """Returns one target for each member of staff who was told of the request: their last way that worked."""
    failed = {(step.to, step.way) for step in request.steps if step.step == "not_notified"}
    told = {
        step.to: step.way
        for step in request.steps
        if step.step == "notified" and (step.to, step.way) not in failed
    }
    if request.holder and request.way:
        told.setdefault(request.holder, request.way)
    found = []
    for name, label in told.items():
        member = ladder.members(tenant).get(name)
        mine = [target for target in ladder.targets(name, member) if target.label == label] if member else []
        found += mine[:1]
    return found[: ladder.AT_ONCE]


def _parting(tenant: Tenant, request: Handoff, language: str) -> list[Part]:
    if request.state == "expired":
        return [Text(text=expired_words(tenant, language))]
    if request.taken_at is None:
        return []
    words = f"{text(tenant, language, 'handoff_back')}\n\n{text(tenant, language, 'handoff_rate')}"
    ratings = [
        Choice(id=f"rate:{request.handoff}:{number}", title="⭐" * number)
        for number in range(1, _RATINGS + 1)
    ]
    return [Choices(text=words, choices=ratings, label="⭐")]


def _begun(case: Case) -> list[Occurrence]:
    """Returns the occurrences of triggers that follow the end of a talk with staff."""
    request, contact = case.request, case.person.contact
    if request.taken_at is None:
        return []
    key = f"{request.handoff}.{len(request.steps)}"  # it may be reopened, and closed again
    return list(occurrences.happened(case.tenant, contact, "handoff_closed", key, case.now))


def _unreachable(request: Handoff) -> bool:
    """Whether a message to the holder failed since they took it."""
    for step in reversed(request.steps):
        if step.step in ("taken", "transferred", "reopened"):
            return False
        if step.step == "not_notified" and step.to == request.holder:
            return True
    return False


def _began_on_duty(case: Case) -> bool:
    """Whether its holder took it on duty: one who took it off duty chose to."""
    taken = [step.at for step in case.request.steps if step.step in ("taken", "transferred")]
    return bool(taken) and case.request.holder in roster.on_duty(
        case.tenant, Desk(tenant=case.tenant.tenant), taken[-1]
    )
