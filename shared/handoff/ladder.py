"""The ladder: the people to tell of a request next. Pure functions of documents.

    ordinary: the best on duty → the next best … → all on duty by all ways → those above, and the contacts
    emergency: everybody by their first way → everybody by all ways

A way that failed is followed by the same person's next way at once; a way that works, but brings nobody, by
the next rung after the time that the tenant allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.models.handoff import Desk, Handoff
from shared.models.staff import Member, Way
from shared.models.tenant import Tenant
from shared.tenants import roster

#: The organisation's own contacts, in place of a member of staff.
CONTACTS = "contacts"
#: How many are told one after the other before all on duty are told.
ONE_BY_ONE = 3
#: Rungs of an emergency.
URGENT_RUNGS = 2
#: How long an emergency waits for the rung of all ways.
_URGENT_NEXT = timedelta(minutes=1)
#: Most people who are told in one step, so that it fits a transaction.
AT_ONCE = 40


@dataclass(frozen=True)
class Target:
    """A member of staff, or CONTACTS, and the way to tell them; `label` names the way in steps."""

    staff: str
    way: Way
    label: str


@dataclass(frozen=True)
class Climb:
    """The people to tell now, and the rung that this reaches."""

    targets: Sequence[Target]
    rung: int
    escalated: bool = False


def members(tenant: Tenant) -> Mapping[str, Member]:
    """Returns the staff, and the organisation's contacts as one of them if there are any."""
    if not tenant.contacts:
        return tenant.staff
    contacts = Member(name=tenant.name, languages=tenant.languages, roles=["admin"], ways=tenant.contacts)
    return {**tenant.staff, CONTACTS: contacts}


def climb(tenant: Tenant, desk: Desk, request: Handoff, now: datetime, own: str = "") -> Climb | None:
    """Returns the people to tell now, or None if it is not time yet.

    `own` is the member of staff whose own request it is, "" if it is a person's: another has to answer.
    """
    everyone = {name: member for name, member in members(tenant).items() if name != own and member.ways}
    failed = _after_failures(everyone, request)
    if failed:
        return Climb(failed, request.rung)
    if request.transfer_to:
        return _transfer(everyone, request)
    if request.climbed_at is not None and now < request.climbed_at + _patience(tenant, request):
        return None
    return _urgent(everyone, request) if request.urgent else _ordinary(tenant, desk, everyone, request, now)


def next_at(tenant: Tenant, request: Handoff) -> datetime | None:
    """Returns the time of the next rung, or None if none was climbed yet."""
    return request.climbed_at + _patience(tenant, request) if request.climbed_at else None


def _patience(tenant: Tenant, request: Handoff) -> timedelta:
    return _URGENT_NEXT if request.urgent else timedelta(minutes=tenant.handoff.next_minutes)


def _urgent(everyone: Mapping[str, Member], request: Handoff) -> Climb | None:
    if request.rung == 0:
        return Climb(
            [targets(name, member)[0] for name, member in everyone.items()][:AT_ONCE], 1, escalated=True
        )
    if request.rung == 1:
        return Climb(_untold(everyone, request, all_ways=True), 2, escalated=True)
    return None


def _ordinary(
    tenant: Tenant, desk: Desk, everyone: Mapping[str, Member], request: Handoff, now: datetime
) -> Climb | None:
    on_duty = {name: everyone[name] for name in roster.on_duty(tenant, desk, now) if name in everyone}
    untold = [name for name in ranked(tenant, desk, on_duty, request) if not _tried(request, name)]
    rung = request.rung + 1
    if untold and rung <= ONE_BY_ONE:
        return Climb(targets(untold[0], everyone[untold[0]])[:1], rung)
    if everybody := _untold(on_duty, request, all_ways=True):
        return Climb(everybody, rung, escalated=True)
    if not on_duty and not request.broken and roster.next_duty(tenant, now) is not None:
        return None  # nobody is on duty: the next shift is told when it begins
    above = {
        name: member
        for name, member in everyone.items()
        if name == CONTACTS or {"admin", "supervisor"} & set(member.roles)
    }
    last = _untold(above or everyone, request, all_ways=True)
    return Climb(last, rung, escalated=True) if last else None


def ranked(tenant: Tenant, desk: Desk, on_duty: Mapping[str, Member], request: Handoff) -> list[str]:
    """Returns the members on duty, the best first: asked for, by skill, by language, with the fewest
    talks."""
    named = roster.found(tenant, request.whom) if request.whom else []
    asked = request.summary.casefold()

    def rank(name: str) -> tuple[bool, bool, bool, bool, int]:
        member = on_duty[name]
        skilled = any(skill.casefold() in asked for skill in member.skills)
        return (
            name not in named,
            "agent" not in member.roles,
            not skilled,
            bool(member.languages) and request.language not in member.languages,
            len(desk.talks_of(name)),
        )

    return sorted(on_duty, key=rank)


def _transfer(everyone: Mapping[str, Member], request: Handoff) -> Climb | None:
    to = request.transfer_to
    if to not in everyone or any(step.why == f"transfer:{to}" for step in request.steps):
        return None
    return Climb(targets(to, everyone[to])[:1], request.rung)


def targets(name: str, member: Member) -> list[Target]:
    """Returns a member's ways; two ways through one channel or notifier have different labels."""
    found: list[Target] = []
    for way in member.ways:
        label = way.channel or way.notifier
        taken = {target.label for target in found}
        number = len(found) + 1
        found.append(Target(name, way, f"{label}:{number}" if label in taken else label))
    return found


def _tried(request: Handoff, name: str) -> bool:
    return any(step.step in ("notified", "not_notified") and step.to == name for step in request.since_call())


def _untold(everyone: Mapping[str, Member], request: Handoff, *, all_ways: bool = False) -> list[Target]:
    """Returns the targets not told yet: all ways of each, or the first way of those not told at all."""
    done = {(step.to, step.way) for step in request.since_call() if step.step in ("notified", "not_notified")}
    untold = [
        target
        for name, member in everyone.items()
        for target in (targets(name, member) if all_ways else targets(name, member)[:1])
        if (target.staff, target.label) not in done
    ]
    return untold[:AT_ONCE]


def _after_failures(everyone: Mapping[str, Member], request: Handoff) -> list[Target]:
    """Returns the next way of each person whose every way so far has failed."""
    steps = request.since_call()
    failed = {(step.to, step.way) for step in steps if step.step == "not_notified"}
    told = {(step.to, step.way) for step in steps if step.step == "notified"}
    following: list[Target] = []
    for name in dict.fromkeys(name for name, _ in failed):
        mine = targets(name, everyone[name]) if name in everyone else []
        if any((name, target.label) in told - failed for target in mine):
            continue
        following += [target for target in mine if (name, target.label) not in told | failed][:1]
    return following[:AT_ONCE]
