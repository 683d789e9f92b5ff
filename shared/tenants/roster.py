"""The roster of a tenant: recognising members of staff, finding them by name, and knowing who is on duty.

Members are named by their slugs, and lists keep the order of the roster.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from functools import cache
from heapq import merge

from shared.language.folding import folded
from shared.language.languages import shipped
from shared.language.typos import alike
from shared.models.handoff import Desk, Duty
from shared.models.staff import Member, Role
from shared.models.tenant import Tenant
from shared.tenants import working_time
from shared.tenants.working_time import HORIZON, Span

#: Networks whose identities a way's `to` names; a visitor of a webchat is nobody known.
_NETWORKS = ("whatsapp", "telegram")
#: Most words of a text that are looked at.
_WORDS = 20
#: The weights of a word that is the same, and of one with a typo.
_SAME, _TYPO = 10, 9


def member_of(tenant: Tenant, channel: str, identities: Collection[str]) -> str | None:
    """Returns the member of staff who is reached on this channel under one of these identities.

    An identity is `network:value` (`whatsapp:+221770000901`, `telegram:123456`).
    """
    for name, member in tenant.staff.items():
        for way in member.ways:
            names = {f"{network}:{way.to}" for network in _NETWORKS}
            if way.channel == channel and way.to and not names.isdisjoint(identities):
                return name
    return None


def by_account(tenant: Tenant, notifier: str, who: str) -> str | None:
    """Returns the member of staff whose address or account on a notifier is `who`, upper or lower case.

    If `who` is unknown and exactly one member has this notifier as a way without an address, it is that one.
    """
    same = who.strip().casefold()
    known = [name for name, member in tenant.staff.items() if same and same in _names(member, notifier)]
    if known:
        return known[0] if len(known) == 1 else None
    alone = [name for name, member in tenant.staff.items() if _has_fixed(member, notifier)]
    return alone[0] if len(alone) == 1 else None


def _has_fixed(member: Member, notifier: str) -> bool:
    return any(way.notifier == notifier and not way.to for way in member.ways)


def _names(member: Member, notifier: str) -> set[str]:
    addresses = [way.to for way in member.ways if way.notifier == notifier]
    return {name.casefold() for name in (*addresses, member.accounts.get(notifier, "")) if name}


def reader(tenant: Tenant, staff: str) -> str:
    """Returns the language in which a member of staff is told things: their first one that the tenant has."""
    member = tenant.staff.get(staff)
    spoken = [language for language in (member.languages if member else []) if language in tenant.languages]
    return spoken[0] if spoken else tenant.languages[0]


def administrators(tenant: Tenant) -> list[str]:
    """Returns the members with the role `admin`."""
    return _with(tenant, "admin")


def supervisors(tenant: Tenant) -> list[str]:
    """Returns the members with the role `supervisor`."""
    return _with(tenant, "supervisor")


def answering(tenant: Tenant) -> list[str]:
    """Returns the members who answer people: agents and supervisors, or everybody if there is neither."""
    found = [*_with(tenant, "agent"), *_with(tenant, "supervisor")]
    return [name for name in tenant.staff if name in found] or list(tenant.staff)


def _with(tenant: Tenant, role: Role) -> list[str]:
    return [name for name, member in tenant.staff.items() if role in member.roles]


def found(tenant: Tenant, text: str) -> list[str]:
    """Returns the members whose name, slug, skills or roles fit a text best; empty if no word fits.

    Case, accents, titles and everyday words do not count, and one typo in a longer word is forgiven: "mme
    félicité" and "Felictié" find "Félicité Ndour".
    """
    words = folded(text).split()[:_WORDS]
    telling = [word for word in words if word not in _common()] or words
    scores = {name: _score(name, member, words, telling) for name, member in tenant.staff.items()}
    best = max(scores.values(), default=(0, 0))
    return [name for name, score in scores.items() if score == best and best[0] > 0]


def _score(name: str, member: Member, words: list[str], telling: list[str]) -> tuple[int, int]:
    """Returns how much of the text fits, and how many of all its words are in the name."""
    called = folded(f"{name} {member.name}").split()
    known = {*called, *folded(" ".join([*member.skills, *member.roles])).split()}
    fits = sum(_SAME if word in known else _TYPO * _nearly(word, known) for word in telling)
    return fits, sum(word in called for word in words)


def _nearly(word: str, known: Collection[str]) -> bool:
    return any(alike(word, other) for other in known)


@cache
def _common() -> frozenset[str]:
    return frozenset[str]().union(*(each.everyday | each.titles | each.polite for each in shipped().values()))


def on_duty(tenant: Tenant, desk: Desk, now: datetime) -> list[str]:
    """Returns the members on duty: by their own word while it holds, else by shifts or opening hours."""
    now = now.astimezone(UTC)
    return [name for name in tenant.staff if _holds(_duty(tenant, name, now, desk.duty.get(name)), now)]


def duty_ends(tenant: Tenant, staff: str, now: datetime) -> datetime | None:
    """Returns the end of the member's present shift, in UTC; shifts that touch are one.

    It is None if the member does not work now, or works on for more than 60 days.
    """
    now = now.astimezone(UTC)
    if staff not in tenant.staff:
        return None
    span = next(working_time.merged(_duty(tenant, staff, now)), None)
    return span.ends if span and span.begins <= now and span.ends < now + HORIZON else None


def next_duty(tenant: Tenant, now: datetime, desk: Desk | None = None) -> datetime | None:
    """Returns the next time, in UTC, at which somebody comes on duty after a time with nobody there.

    It is None if there is none within 60 days.
    """
    until = now.astimezone(UTC)
    for span in covered(tenant, desk, now):
        if span.begins > until:
            return span.begins
        until = max(until, span.ends)
    return None


def covered(tenant: Tenant, desk: Desk | None, now: datetime) -> Iterator[Span]:
    """Yields the spans of duty of all who answer people, from `now` for 60 days, by their begins.

    Without any staff, they are the opening hours.
    """
    now = now.astimezone(UTC)
    if not tenant.staff:
        return working_time.opening(tenant, now)
    words = desk.duty if desk else {}
    return merge(*(_duty(tenant, name, now, words.get(name)) for name in answering(tenant)))


def _duty(tenant: Tenant, staff: str, now: datetime, word: Duty | None = None) -> Iterator[Span]:
    """Yields the spans of duty that end after `now`, some of which may overlap."""
    spans = working_time.working(tenant, tenant.staff[staff], now)
    if word is None or word.until <= now:
        return spans
    if word.on:
        return merge([Span(now, word.until)], spans)
    return (Span(max(span.begins, word.until), span.ends) for span in spans if span.ends > word.until)


def _holds(spans: Iterator[Span], now: datetime) -> bool:
    first = next(spans, None)
    return first is not None and first.begins <= now
