"""Triggers: the cost of a tick among many planned occurrences, the speed of planning, and its memory.

`python -m scripts.bench.triggers CONTACTS FOLDER` plans one broadcast to so many contacts, and prints its
time (s) and the process' largest memory (MiB).
"""

from __future__ import annotations

import asyncio
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scripts.bench.figures import Figure, at_least, at_most
from shared.models.occurrence import Occurrence
from shared.models.people import Contact, Permission
from shared.models.tenant import Tenant
from shared.models.trigger import Confirmation, Trigger, Walk
from shared.platform import effects, logs
from shared.platform.clock import SystemClock
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.store import Store
from shared.platform.store.firestore import FirestoreStore
from shared.platform.store.sqlite import SqliteStore, _json
from shared.triggers.planning import Planner
from shared.triggers.rules import compiled
from shared.triggers.tick import Tick
from shared.triggers.walking import Walking
from shared.triggers.wanting import spread

NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
DUE, FEW, MANY = 1_000, 1_000, 1_000_000
ROUNDS = 9
#: Contacts of the measured broadcast, and of the one that its memory is compared with.
PEOPLE, SOME = 100_000, 10_000
TENANT = Tenant(tenant="bench", name="Bench", languages=["fr"], timezone="Africa/Dakar")
TRIGGER = Trigger(
    tenant="bench",
    trigger="news",
    definition={"when": {"once": "2026-12-24T10:00"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}},
)


class _Quiet:
    """A bus that takes everything."""

    async def publish(self, *_: object, **__: object) -> str:
        return "1"

    async def reach(self) -> None: ...


class _Fixed:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None: ...


def measure(folder: Path) -> Iterator[Figure]:
    """Yields the figures of the embedded store."""
    logs.configure("error")
    stores = {planned: _filled(folder / f"{planned}.db", planned) for planned in (FEW, MANY)}
    times: dict[int, list[float]] = {planned: [] for planned in stores}
    for _ in range(ROUNDS):
        for planned, store in stores.items():
            times[planned].append(_timed(store))
    few, many = (statistics.median(times[planned]) for planned in (FEW, MANY))
    how = f"{1000 * many:.3g} ms with {DUE} due among {MANY}, {1000 * few:.3g} ms among {FEW}"
    yield Figure("tick_scale_ratio", many / few, target=at_most(1.1), note=how)
    seconds, most = _planned(PEOPLE, folder)
    _, least = _planned(SOME, folder)
    how = f"a broadcast to {PEOPLE} people, in {seconds:.0f} s"
    yield Figure("plan_per_second", PEOPLE / seconds, target=at_least(2_000), note=how)
    how = f"{most:.0f} MiB, against {least:.0f} for {SOME} people"
    yield Figure("broadcast_memory_ratio", most / least, target=at_most(1.1), note=how)


def reads(project: str) -> Figure:
    """Returns the documents that a tick reads beyond those that are due, on the emulator."""
    return asyncio.run(_reads(FirestoreStore(project)))


async def _reads(store: FirestoreStore) -> Figure:
    due = 200
    for number in range(2 * due):
        await store.put(_occurrence(number, due))
    spent = effects.begin()
    done = await _tick(store).run()
    over = spent.reads - sum(done.values())
    await store.close()
    return Figure("tick_reads_over_due", over, target=at_most(5), note=f"{spent.reads} reads, {due} due")


def _tick(store: Store) -> Tick:
    return Tick(store, _Fixed(), Publisher(_Quiet()), Pause(store, _Fixed()))


def _timed(store: SqliteStore) -> float:
    began = time.perf_counter()
    done = asyncio.run(_tick(store).run())
    assert done["occurrences"] == DUE, done  # noqa: S101 - else the figure means nothing
    return time.perf_counter() - began


def _occurrence(number: int, due: int) -> Occurrence:
    id = f"news.c-{number:07}.once"
    at = spread(NOW - timedelta(seconds=10) if number < due else NOW + timedelta(hours=1 + number % 999), id)
    return Occurrence(
        tenant="bench",
        occurrence=id,
        trigger="news",
        contact=f"c-{number:07}",
        local="2026-12-24T10:00",
        zone="Africa/Dakar",
        planned_for=at,
        due_at=at,
        created_at=NOW,
    )


def _filled(path: Path, planned: int) -> SqliteStore:
    """Returns a store with so many occurrences, written at once: one by one would take minutes."""
    store = SqliteStore(path)
    store.open()
    parent = Occurrence.parent(tenant="bench")
    rows = (
        (each.location(), parent, Occurrence.collection(), _json(each), 1)
        for each in (_occurrence(number, DUE) for number in range(planned))
    )
    with sqlite3.connect(path) as database:
        database.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?)", rows)
    return store


def _planned(people: int, folder: Path) -> tuple[float, float]:
    """Returns the time (s) of planning a broadcast in a process of its own, and its largest memory (MiB)."""
    command = [sys.executable, "-m", "scripts.bench.triggers", str(people), str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(said[-2]), float(said[-1])


def main() -> None:
    people, folder = int(sys.argv[1]), Path(sys.argv[2])
    path = folder / f"people-{people}.db"
    store = SqliteStore(path)
    store.open()
    parent = Contact.parent(tenant="bench")
    rows = (
        (each.location(), parent, Contact.collection(), _json(each), 1)
        for each in (_contact(number) for number in range(people))
    )
    with sqlite3.connect(path) as database:
        database.executemany("INSERT INTO documents VALUES (?, ?, ?, ?, ?)", rows)
    seconds = asyncio.run(_plan(store, people))
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _contact(number: int) -> Contact:
    allowed = Permission(given=True, at=NOW, source="file")
    return Contact(
        tenant="bench",
        contact=f"c-{number:07}",
        name=f"Awa {number}",
        phone=f"+22177{number:07}",
        permissions={"service": allowed},
        created_at=NOW,
    )


async def _plan(store: SqliteStore, people: int) -> float:
    rule = compiled(TENANT, TRIGGER)
    word = Confirmation(count=people, by="bench", at=NOW, revision=rule.revision)
    rule = compiled(TENANT, TRIGGER.model_copy(update={"confirmed": word}))
    walk, clock = Walk(revision=rule.revision, since=NOW), SystemClock()
    walking = Walking(store, clock, Planner(store, clock))
    began = time.perf_counter()
    while not await walking.on(TENANT, rule, walk):
        pass
    assert walk.planned == people, walk  # noqa: S101 - else the figure means nothing
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
