"""Review of requests for a human by an operator: those that are open, one with its steps, and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import fmean, median

from shared.errors import ConfigurationError
from shared.models.handoff import OPEN, Handoff
from shared.models.tenant import Tenant
from shared.platform.clock import Clock
from shared.platform.store import Store, Where
from shared.tenants.directory import Directory

#: Most requests that are listed or reported, the newest first.
LIMIT = 5_000


@dataclass(frozen=True)
class Times:
    """Times (s) from a request to a step of it; `count` requests have got so far."""

    count: int
    median: float
    p90: float


@dataclass(frozen=True)
class Report:
    """Counts and times of the requests of some days. `kept` of `promises` were kept; those that are still
    running are in neither. `rating` is the mean of the `rated` requests, None without any."""

    days: int
    requests: int
    reasons: Mapping[str, int]
    states: Mapping[str, int]
    notified: Times | None
    taken: Times | None
    first_words: Times | None
    promises: int
    kept: int
    rated: int
    rating: float | None


class Handoffs:
    """Reads a tenant's requests. Raises ConfigurationError if there is no such tenant."""

    def __init__(self, store: Store, directory: Directory, clock: Clock) -> None:
        self._store, self._directory, self._clock = store, directory, clock

    async def open(self, tenant: str) -> tuple[Tenant, list[Handoff]]:
        """Returns the tenant, and its requests that somebody still has to work on, the oldest first."""
        found, requests = await self._tenant(tenant), []
        for state in OPEN:
            where = [Where("state", "==", state)]
            requests += await self._store.query(Handoff, where=where, limit=LIMIT, tenant=tenant)
        return found, sorted(requests, key=lambda each: each.created_at)

    async def one(self, tenant: str, name: str) -> tuple[Tenant, Handoff]:
        """Returns the request of this id or number. Raises ConfigurationError if there is none."""
        found = await self._tenant(tenant)
        if name.removeprefix("#").isdecimal():
            where = [Where("number", "==", int(name.removeprefix("#")))]
            requests = await self._store.query(Handoff, where=where, limit=1, tenant=tenant)
        else:
            request = await self._store.get(Handoff, tenant=tenant, handoff=name)
            requests = [request] if request else []
        if not requests:
            raise ConfigurationError(f"there is no request {name!r} (expected an id or number, as listed)")
        return found, requests[0]

    async def report(self, tenant: str, days: int) -> Report:
        """Returns the report of the requests made in the last `days` days."""
        await self._tenant(tenant)
        now = self._clock.now()
        where = [Where("created_at", ">", now - timedelta(days=days))]
        found = await self._store.query(Handoff, where=where, order="-created_at", limit=LIMIT, tenant=tenant)
        promises = [kept for each in found if (kept := promise_kept(each, now)) is not None]
        ratings = [each.rating for each in found if each.rating is not None]
        return Report(
            days=days,
            requests=len(found),
            reasons=Counter(reason for each in found for reason in each.reasons or [each.reason]),
            states=Counter(each.state for each in found),
            notified=_times(found, lambda each: each.notified_at),
            taken=_times(found, lambda each: each.taken_at),
            first_words=_times(found, lambda each: each.first_words_at),
            promises=len(promises),
            kept=sum(promises),
            rated=len(ratings),
            rating=fmean(ratings) if ratings else None,
        )

    async def _tenant(self, tenant: str) -> Tenant:
        found = await self._directory.tenant(tenant)
        if found is None:
            raise ConfigurationError(f"TENANT is {tenant!r}: there is no such tenant")
        return found


def promise_kept(request: Handoff, now: datetime) -> bool | None:
    """Returns whether the person got a human within the time that they were told; None if they were told
    none, or it is not over yet, or the request ended before it."""
    if request.promised_at is None:
        return None
    if request.broken:
        return False
    if request.taken_at is not None:
        return request.taken_at <= request.promised_at
    return False if (request.closed_at or now) > request.promised_at else None


def _times(requests: Sequence[Handoff], of: Callable[[Handoff], datetime | None]) -> Times | None:
    """Returns median and 90th percentile (nearest rank), or None if no request has got so far."""
    seconds = sorted((at - each.created_at).total_seconds() for each in requests if (at := of(each)))
    if not seconds:
        return None
    return Times(len(seconds), median(seconds), seconds[ceil(0.9 * len(seconds)) - 1])
