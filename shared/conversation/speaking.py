"""Words of staff to the person whose request they took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.conversation import outbox, stepping_in, taking
from shared.conversation.groups import Presence
from shared.conversation.relaying import TermsOf, relay, relayed
from shared.conversation.taking import Result
from shared.models.handoff import Handoff
from shared.models.message import Outbound
from shared.models.parts import Part
from shared.models.tenant import Tenant
from shared.platform.store import Transaction


@dataclass(frozen=True)
class Speech:
    """Words of a member of staff about one request. `id` derives from the message in which they were
    written. `private` stands in the history instead of them."""

    id: str
    handoff: str
    staff: str
    parts: Sequence[Part]
    desk: str = ""
    private: str = ""


async def speak(tx: Transaction, tenant: Tenant, speech: Speech, terms: TermsOf, now: datetime) -> Result:
    """Queues the words for the person; only the holder of the request can speak to them.

    The outbound message's id is `speech.id`, in the conversation of `Result.person`; without one, these words
    were queued before.
    """
    request = await tx.get(Handoff, tenant=tenant.tenant, handoff=speech.handoff)
    if request is None or not request.open or request.holder != speech.staff:
        verdict: taking.Verdict = "unknown" if request is None else "theirs" if request.open else "over"
        return Result(verdict, request)
    person = await taking.person_of(tx, request)
    if await tx.get(Outbound, tenant=tenant.tenant, conversation=person.conversation, message=speech.id):
        return Result("done", request)
    here = person.human_present(now)
    silence = None if here else await stepping_in.read(tx, person)
    pace = await terms(tenant.tenant, person.channel)
    first = taking.first_words(request, speech.staff, now)

    def write() -> None:
        until = taking.lasts(tenant, now)
        if silence is not None:
            presence = Presence(since=now, until=until, source="desk", by=speech.staff, desk=speech.desk)
            relay(person, stepping_in.step_in(tx, person, silence, presence))
        elif person.staff.human is not None:
            person.staff.human.until = until
        draft = outbox.Draft(
            speech.id,
            relayed(speech.parts),
            author="staff",
            handoff=speech.handoff,
            staff=speech.staff,
            private=speech.private,
        )
        outbox.queue(tx, person, draft, pace, now)
        if first:
            tx.put(request)
        tx.put(person)

    return Result("done", request, person, write)
