"""Promises to the person: a time that passes unkept is followed by an apology, a new time, and more staff."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.answers.apology import sorry
from shared.conversation import handoffs, outbox
from shared.conversation.conversation import Conversation
from shared.conversation.emergencies import WAITS
from shared.conversation.relaying import TermsOf
from shared.handoff.case import Case
from shared.handoff.ladder import ONE_BY_ONE
from shared.language.texts import text
from shared.models.handoff import Step
from shared.models.parts import Text
from shared.models.people import Contact, Standing
from shared.models.tenant import Tenant
from shared.platform.store import Transaction

#: Promises that may break before the person is told that nobody comes, unless they still write in an
#: emergency; a request without a promise ends OLD after the last call for staff.
MOST_BROKEN = 3
OLD = timedelta(days=3)


def _nothing() -> None:
    """Writes nothing."""


@dataclass(frozen=True)
class Sorry:
    """What a promise needs: its writes, messages to announce, and whether the request has expired."""

    write: Callable[[], None] = _nothing
    outbound: Sequence[tuple[str, str]] = ()
    expired: bool = False


async def may_be_told(tx: Transaction, person: Conversation) -> bool:
    """Whether the person wants messages of ours."""
    found = await tx.get(Contact, tenant=person.tenant, contact=person.contact)
    return found is None or found.standing == Standing.OPEN


class Promises:
    def __init__(self, terms: TermsOf) -> None:
        self._terms = terms

    async def keep(self, case: Case) -> Sorry:
        """Returns what is due because a promise has broken; records it in the request. The caller puts
        that."""
        tenant, request, person, now = case.tenant, case.request, case.person, case.now
        if request.promised_at is None or now < request.promised_at:
            called = [step.at for step in request.since_call()[:1]]
            return Sorry(expired=now - max([request.created_at, *called]) > OLD)
        request.broken += 1
        if request.broken > MOST_BROKEN and not _still_calls(case):
            return Sorry(expired=True)
        told = await may_be_told(case.tx, person)
        terms = await self._terms(tenant.tenant, person.channel)
        words, promised_at = sorry(tenant, case.desk, person.session.language, now, request.handoff)
        request.promised_at = None
        request.promise(promised_at, now)
        request.step(Step(at=now, step="apologised", to="person", result="queued" if told else "not_wanted"))
        if not request.urgent:  # else everybody is told anyway
            # Those who did not come were told one by one: now all are.
            request.rung, request.climbed_at = max(request.rung, ONE_BY_ONE), None
        draft = outbox.Draft(
            f"sorry-{handoffs.origin(request)}-{request.broken}", [Text(text=words)], handoff=request.handoff
        )

        def write() -> None:
            if told:
                outbox.queue(case.tx, person, draft, terms, now)

        return Sorry(write, [(person.conversation, draft.id)] if told else [])


def _still_calls(case: Case) -> bool:
    """Whether a person in an emergency has written lately, or their words are being answered just now."""
    heard_at = case.person.writer.heard_at
    lately = heard_at is not None and case.now - heard_at < WAITS
    return case.request.urgent and (lately or bool(case.person.turn.pending))


def expired_words(tenant: Tenant, language: str) -> str:
    """Returns the text for a person to whom nobody came."""
    return text(tenant, language, "handoff_expired")
