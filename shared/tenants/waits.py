"""Waits: an honest time to promise to a person who waits for a human."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, takewhile
from typing import Literal

from shared.models.handoff import Desk
from shared.models.tenant import Tenant
from shared.tenants import roster
from shared.tenants.working_time import HORIZON, Span

#: The share of people who waited at most as long as a promise says.
_SHARE = 0.8
#: Steps (minutes) to which a wait is rounded up, each for waits up to a limit.
_STEPS = ((30, 5), (120, 10), (math.inf, 30))
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Estimate:
    """A time to promise: `at`, `minutes` from now; None if unknown.

    It is `soon` if somebody is on duty until then. Else it is `later`, in the time on duty that begins at
    `opening`.
    """

    kind: Literal["soon", "later", "unknown"]
    minutes: int = 0
    at: datetime | None = None
    opening: datetime | None = None


def estimate(tenant: Tenant, desk: Desk, now: datetime, handoff: str = "") -> Estimate:
    """Returns the time by which a human will have answered, as far as is known. Times are in UTC.

    `handoff` is the request's id: requests after it in the queue do not count. The whole wait is in one time
    of duty, the first that is long enough; members of staff may take turns in it.
    """
    now = now.astimezone(UTC)
    begins, at, until = now, now, now - HORIZON
    for span in roster.covered(tenant, desk, now):
        if span.begins > until:
            begins = max(now, span.begins)
            at = begins + _wait(tenant, desk, begins, span.begins, handoff)
        until = max(until, span.ends)
        if at <= until:
            minutes = math.ceil((at - now) / _MINUTE)
            return Estimate("soon", minutes, at) if begins == now else Estimate("later", minutes, at, begins)
    return Estimate("unknown")


def waited(tenant: Tenant, since: datetime, now: datetime) -> int:
    """Returns how long (s) a person waited while somebody was on duty; all the time if nobody ever is.

    It is measured for `Desk.took`, so that requests of a night do not make the day's promises longer.
    """
    spans, total, until = roster.covered(tenant, None, since), timedelta(), since
    first = next(spans, Span(since, now))
    for span in takewhile(lambda span: span.begins < now, chain([first], spans)):
        total += max(timedelta(), min(span.ends, now) - max(span.begins, until))
        until = max(until, span.ends)
    return round(total.total_seconds())


def _wait(tenant: Tenant, desk: Desk, now: datetime, opened: datetime, handoff: str) -> timedelta:
    """Returns the wait from `now`, rounded up: the usual one, and the shortest for each round of the queue.

    `opened` is the time at which duty began.
    """
    shortest = tenant.handoff.answer_minutes
    people = set(roster.answering(tenant)).intersection(roster.on_duty(tenant, desk, now))
    queue = sorted(desk.queue, key=lambda each: (not each.urgent, each.since))
    place = next((place for place, each in enumerate(queue) if each.handoff == handoff), len(queue))
    ages = [now - max(each.since, opened) for each in queue if each.handoff != handoff]
    usual = _usual(desk.took, [age.total_seconds() for age in ages])
    minutes = max(shortest, usual / 60) + shortest * (place // max(1, len(people)))
    step = next(step for limit, step in _STEPS if minutes <= limit)
    return math.ceil(minutes / step) * step * _MINUTE


def _usual(took: list[int], ages: list[float]) -> float:
    """Returns the time (s) within which most people got a human lately.

    A person who waits longer than that already counts too: a desk that takes nothing must not look fast.
    """
    known = _quantile(took)
    return _quantile([*took, *(age for age in ages if age > known)])


def _quantile(seconds: list[int] | list[float] | list[int | float]) -> float:
    return sorted(seconds)[math.ceil(_SHARE * len(seconds)) - 1] if seconds else 0
