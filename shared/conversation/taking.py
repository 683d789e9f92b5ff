"""Taking a request for a human, passing it on, and giving it back: each in one transaction.

Every function reads first and returns its writes, as acts do (conversation/acts.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.conversation import stepping_in
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Presence
from shared.conversation.relaying import relay, relayed
from shared.models.handoff import Desk, Handoff, Step, Talk
from shared.models.parts import Part
from shared.models.tenant import Tenant
from shared.platform.store import Transaction
from shared.tenants.waits import waited

#: How long after the last word, and the tenant's idle time, the concierge speaks again even if no tick of the
#: function `handoff` has ended the request before.
GRACE = timedelta(minutes=10)
#: Most merges to follow from a request's conversation to the one that stayed.
_MERGES = 5

#: `done`; `mine` if the member of staff has it already; `theirs` if another has it; `over` if it is closed;
#: `own` if it is their own request; `unknown` if there is none;
#: `empty` if words to pass on have no word.
Verdict = Literal["done", "mine", "theirs", "over", "own", "unknown", "empty"]


@dataclass(frozen=True)
class Result:
    """The result of an attempt, and its writes. `request` is as it is after them, None if there is none."""

    verdict: Verdict
    request: Handoff | None = None
    person: Conversation | None = None
    write: Callable[[], None] = lambda: None


async def desk_of(tx: Transaction, tenant: str) -> Desk:
    """Returns the tenant's desk, a new one if nobody has worked at it yet."""
    return await tx.get(Desk, tenant=tenant, desk="now") or Desk(tenant=tenant)


async def person_of(tx: Transaction, request: Handoff) -> Conversation:
    """Returns the conversation of a request, or the one that has taken it in. Raises LookupError if it is
    gone."""
    name = request.conversation
    for _ in range(_MERGES):
        found = await tx.get(Conversation, tenant=request.tenant, conversation=name)
        if found is None:
            break
        if not found.merged_into:
            return found
        name = found.merged_into
    raise LookupError(f"the conversation of {request.handoff} is gone")


async def take(
    tx: Transaction,
    tenant: Tenant,
    handoff: str,
    staff: str,
    way: str,
    now: datetime,
    *,
    desk: str = "",
    by: str = "",
) -> Result:
    """Gives the request to a member of staff, who reached it on this way, or whom `by` gave it.

    `desk` is their own conversation with us, "" if they talk through a notifier. A request that another has
    is theirs to pass on first.
    """
    request = await tx.get(Handoff, tenant=tenant.tenant, handoff=handoff)
    refused = _refusal(request, staff)
    if request is None or refused is not None:
        return Result(refused or "unknown", request)
    person = await person_of(tx, request)
    return await hold(tx, tenant, request, person, staff, way, now, desk=desk, by=by)


async def hold(
    tx: Transaction,
    tenant: Tenant,
    request: Handoff,
    person: Conversation,
    staff: str,
    way: str,
    now: datetime,
    *,
    desk: str = "",
    by: str = "",
) -> Result:
    """Gives a request of this conversation, also one that is not stored yet, as `take` does."""
    if (refused := _refusal(request, staff)) is not None:
        return Result(refused, request)
    if desk and person.conversation == desk:
        return Result("own", request)
    place = await desk_of(tx, tenant.tenant)
    silence = await stepping_in.read(tx, person)
    begin(tenant, request, place, staff, way, now, desk=desk, by=by)

    def write() -> None:
        presence = Presence(since=now, until=lasts(tenant, now), source="desk", by=staff, desk=desk)
        left = stepping_in.step_in(tx, person, silence, presence)
        person.staff.handoff = request.handoff
        relay(person, left)
        tx.put(request)
        tx.put(place)
        tx.put(person)

    return Result("done", request, person, write)


def begin(
    tenant: Tenant,
    request: Handoff,
    place: Desk,
    staff: str,
    way: str,
    now: datetime,
    *,
    desk: str = "",
    by: str = "",
) -> None:
    """Records at the request and at the desk that a member of staff, or PHONE, has taken the request."""
    wait = waited(tenant, request.created_at, now) if request.taken_at is None else None
    place.admit(request)
    request.take(staff, way, now, by=by)
    request.transfer_to, request.due_at = "", now
    talk = Talk(
        handoff=request.handoff,
        number=request.number,
        staff=staff,
        name=request.name,
        desk=desk,
        since=now,
    )
    place.begin(talk, wait)


def _refusal(request: Handoff | None, staff: str) -> Verdict | None:
    """Returns why this member of staff cannot take the request, or None if they can."""
    if request is None:
        return "unknown"
    if not request.open:
        return "over"
    if request.state == "taken" and request.holder == staff:
        return "mine"
    if request.state == "taken" and request.transfer_to != staff:
        return "theirs"
    return None


async def give_back(
    tx: Transaction, tenant: str, handoff: str, by: str, now: datetime, *, why: str
) -> Result:
    """Ends the request, and returns the conversation to the concierge. `by` is as in `Handoff.end`."""
    request = await tx.get(Handoff, tenant=tenant, handoff=handoff)
    if request is None or not request.open:
        return Result("unknown" if request is None else "over", request)
    person = await person_of(tx, request)
    place = await desk_of(tx, tenant)
    request.end(by, now, why=why)
    place.end(handoff, now)

    def write() -> None:
        if person.staff.handoff == handoff:
            person.end_request(f"given back: {why}", holder=request.holder, now=now)
        tx.put(request)
        tx.put(place)
        tx.put(person)

    return Result("done", request, person, write)


async def pass_on(tx: Transaction, tenant: str, handoff: str, staff: str, to: str, now: datetime) -> Result:
    """Asks another member of staff to take the request over; its holder keeps it until they do."""
    request = await tx.get(Handoff, tenant=tenant, handoff=handoff)
    if request is None or not request.open or request.holder != staff:
        verdict: Verdict = "unknown" if request is None else "theirs" if request.open else "over"
        return Result(verdict, request)
    request.transfer_to, request.due_at = to, now
    return Result("done", request, None, lambda: tx.put(request))


def lasts(tenant: Tenant, now: datetime) -> datetime:
    """Returns the time until which a human's presence lasts, after a word of now."""
    return now + timedelta(minutes=tenant.handoff.idle_minutes) + GRACE


def first_words(request: Handoff, staff: str, now: datetime) -> bool:
    """Records the first words of staff about a request. Returns False if there were some before."""
    if request.first_words_at is not None:
        return False
    request.first_words_at = now
    request.step(Step(at=now, step="first_words", by=staff))
    return True


def spoken(parts: Sequence[Part]) -> list[Part]:
    """Returns the parts of staff's words as the person gets them."""
    return relayed(parts)
