"""Gated answers of `reply` alone: a verified person asks for rows, which a simulated Baserow has.

On SQLite, over a socket to the source. The time in the source is taken away: so the time is our own work. An
instance asks a table for its fields once an hour, before the measurement.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from scripts import tenant_file
from scripts.bench import messages
from scripts.bench.cloud import Cloud, listening
from scripts.bench.figures import Figure, at_most, percentile
from scripts.bench.served import Served, serving
from scripts.local.seed import LOCAL_SECRET
from scripts.local.vendors.baserow.demo import FAMILIES, parish
from shared.models.tenant import Tenant
from shared.platform.store.sqlite import SqliteStore
from shared.tenants import versions

#: Words for one child, of three actions: none is kept from an earlier answer.
WISHES = ("les notes de {child}", "les frais de {child}", "les étapes de {child}")
#: The first of the people, and families before the measurement.
_FIRST, _WARM_UP = 5_000, 3


class _Source:
    """The simulated Baserow; `calls` are all calls to it, and `busy` the time (s) that they took."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.calls, self.busy = 0, 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        await self._app(scope, receive, send)
        if scope["type"] == "http":
            self.calls += 1
            self.busy += time.perf_counter() - began


@dataclass(frozen=True)
class _Answered:
    """An answer: our own time (ms), and the calls to the source."""

    own: float
    calls: int


def measure(cloud: Cloud) -> Iterator[Figure]:
    """Yields the time of a gated answer, and the most calls to the source for one."""
    records = parish(LOCAL_SECRET, datetime.now(UTC).date())
    source, families = _Source(records.app), records.rows[FAMILIES]
    with listening(source) as origin, serving(cloud.ours("reply")) as reply:
        asyncio.run(_offer(cloud, origin))
        found = [_family(reply, source, _FIRST + at, each) for at, each in enumerate(families)]
    answers = [answered for family in found[_WARM_UP:] for answered in family]
    if not all(answered.calls for answered in answers):
        raise RuntimeError("a gated answer asked the source for nothing: it was none")
    own = [answered.own for answered in answers]
    how = f"of {len(own)} answers without the source's time; median {percentile(own, 50):.3g}"
    yield Figure("gated_own_p95_ms", percentile(own, 95), "reply", at_most(80), how)
    most = max(answered.calls for answered in answers)
    yield Figure("gated_source_calls", most, "reply", at_most(1), "the most for one answer after the proof")


async def _offer(cloud: Cloud, origin: str) -> None:
    """Gives the measured tenant the parish's services, with their records at `origin`."""
    store = SqliteStore(cloud.folder / "store.db")
    tenant = await store.get(Tenant, tenant=messages.TENANT)
    assert tenant is not None  # noqa: S101 - it was seeded
    path = tenant_file.DEMO / "diocese.yaml"
    theirs = tenant_file.load(path).tenant.model_copy(deep=True)
    for entry in theirs.records.values():
        entry.settings["base_url"] = origin
    offered = {name: getattr(theirs, name) for name in ("services", "profiles", "actions", "records")}
    fields = offered | {"languages": [*theirs.languages, "en"]}  # theirs come first
    await versions.write(store, tenant.model_copy(update=fields))


def _family(reply: Served, source: _Source, person: int, family: dict[str, Any]) -> list[_Answered]:
    """Returns the answers to a parent who has proven who they are."""
    reply.answer(messages.inbound(person, f"GATED{person}-code", family["Code parent"]))
    child = family["Enfants"][0]["value"]
    return [
        _timed(reply, source, person, f"GATED{person}-{wish}", wish.format(child=child)) for wish in WISHES
    ]


def _timed(reply: Served, source: _Source, person: int, message: str, text: str) -> _Answered:
    asked = messages.inbound(person, message, text)
    calls, busy, began = source.calls, source.busy, time.perf_counter()
    ended = reply.answer(asked)
    return _Answered(1000 * (ended - began - (source.busy - busy)), source.calls - calls)
