"""Moves of the local run's clock: all work is done at its time, in order, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scripts.local import clock as moving
from scripts.local.clock import Moves, RunClock
from scripts.local.due import next_due
from shared.models.occurrence import Occurrence
from shared.models.people import Contact
from shared.platform.bus.sqlite import Queue, SqliteBus, Subscription
from shared.platform.store.sqlite import SqliteStore

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


class Book:
    """Due work, a clock, and functions that do it at a tick. `again` plans the next."""

    def __init__(self, folder: Path, again: Callable[[datetime], datetime | None] = lambda _: None) -> None:
        self.clock = RunClock(folder / "clock")
        self.queue = Queue(folder / "bus.db")
        self.start, self.again = self.clock.now(), again
        self.due: list[datetime] = []
        self.done: list[tuple[datetime, datetime]] = []
        self.ticks = 0

    async def tick(self) -> None:
        self.ticks += 1
        now = self.clock.now()
        for at in sorted(each for each in self.due if each <= now):
            self.due.remove(at)
            self.done.append((at, now))
            self.due += filter(None, [self.again(at)])

    async def next_due(self, now: datetime) -> datetime | None:
        return min((at for at in self.due if at > now), default=None)

    async def to(self, end: datetime) -> None:
        await Moves(self.clock, self.tick, self.queue, self.next_due).to(end)

    @property
    def late(self) -> timedelta:
        return max(now - at for at, now in self.done)


async def test_each_is_done_at_its_time_in_order(tmp_path: Path) -> None:
    book = Book(tmp_path)
    times = [book.start + DAY * days + timedelta(milliseconds=7 * days) for days in (40, 1, 9, 9.5, 30)]
    book.due = [*times, book.start + 61 * DAY]
    await book.to(book.start + 60 * DAY)
    assert [at for at, _ in book.done] == sorted(times)
    assert book.late < timedelta(seconds=3)
    assert book.start + 60 * DAY <= book.clock.now() < book.start + 60 * DAY + timedelta(seconds=5)
    assert book.ticks == len(times) + 2


async def test_one_that_is_planned_only_after_the_one_before_is_done_at_its_time_too(tmp_path: Path) -> None:
    book = Book(tmp_path, lambda at: at + 7 * DAY)
    book.due = [book.start + DAY]
    await book.to(book.start + 60 * DAY)
    assert [at - book.start for at, _ in book.done] == [DAY + 7 * week * DAY for week in range(9)]
    assert book.late < timedelta(seconds=3)


async def test_what_a_tick_makes_due_is_done_at_once(tmp_path: Path) -> None:
    book = Book(tmp_path)
    first, follows = book.start + DAY, [timedelta(hours=-2), timedelta(milliseconds=1)]
    book.again = lambda at: at + follows.pop() if follows else None
    book.due = [first]
    await book.to(book.start + 10 * DAY)
    assert len(book.done) == 3
    assert max(now for _, now in book.done) < first + timedelta(seconds=5)


async def test_stuck_work_holds_nothing_up(tmp_path: Path) -> None:
    book = Book(tmp_path)
    stuck = book.start - DAY

    async def find(since: datetime) -> datetime | None:
        return min((at for at in [stuck, *book.due] if at > since), default=None)

    book.due = [book.start + DAY]
    await Moves(book.clock, book.tick, book.queue, find).to(book.start + 10 * DAY)
    assert (len(book.done), book.ticks) == (1, 6)


async def test_what_is_due_in_the_second_of_the_end_is_done(tmp_path: Path) -> None:
    book = Book(tmp_path)
    end = (book.start + DAY).replace(microsecond=0)
    book.due = [end + timedelta(microseconds=999_999), end + 2 * SECOND]
    await book.to(end)
    assert [at for at, _ in book.done] == [end + timedelta(microseconds=999_999)]


async def test_hundreds_at_one_time_are_one_tick(tmp_path: Path) -> None:
    book = Book(tmp_path)
    at = (book.start + DAY).replace(microsecond=0)
    book.due = [at + timedelta(microseconds=number) for number in range(500)]
    await book.to(book.start + 2 * DAY)
    assert (len(book.done), book.ticks) == (500, 3)


async def test_a_run_that_takes_too_long_goes_on_in_large_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "EXACT_S", 0.0)
    book = Book(tmp_path)
    book.due = [book.start + timedelta(hours=hour) for hour in range(1, 60 * 24)]
    await book.to(book.start + 60 * DAY)
    assert moving.STEPS <= book.ticks <= moving.STEPS + 5
    assert (len(book.done), book.late < timedelta(days=1.1)) == (60 * 24 - 1, True)
    assert book.clock.now() >= book.start + 60 * DAY


async def test_retries_follow_the_clock(tmp_path: Path) -> None:
    book = Book(tmp_path)
    subscription = Subscription("deliver", "outbound", "http://localhost:1", False, 1, 1, 1, 9)
    book.queue.declare([subscription])
    await SqliteBus(tmp_path / "bus.db").publish("outbound", b"x", attributes={})
    [message] = book.queue.due(subscription, "", now=0, pushing=[], limit=1)
    again = book.clock.now() + DAY / 2
    await book.queue.postpone(message, again.timestamp())
    seen: list[bool] = []

    async def tick() -> None:
        seen.append(book.queue.waits(book.clock.now().timestamp()))
        if seen[-1]:
            await book.queue.acknowledge(message)

    await Moves(book.clock, tick, book.queue, book.next_due).to(book.start + DAY)
    assert seen == [False, True, False]


async def test_a_call_that_hangs_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving, "_STUCK_S", 0.1)
    book = Book(tmp_path)
    book.queue.declare([Subscription("deliver", "outbound", "http://localhost:1", False, 1, 1, 1, 9)])
    await SqliteBus(tmp_path / "bus.db").publish("outbound", b"x", attributes={})
    book.due = [book.start + DAY]
    await book.to(book.start + 2 * DAY)
    assert len(book.done) == 1


async def test_the_next_time_is_that_of_any_document(tmp_path: Path) -> None:
    store, now = SqliteStore(tmp_path / "store.db"), datetime(2026, 11, 20, tzinfo=UTC)
    look = next_due(store)
    assert await look(now) is None
    one = {"tenant": "inn", "trigger": "t", "contact": "c", "local": "", "zone": "UTC", "created_at": now}
    for number, ahead in enumerate((-1, 5, 9)):
        at = now + ahead * DAY
        await store.put(Occurrence(**one, occurrence=f"o{number}", planned_for=at, due_at=at))
    assert await look(now) == now + 5 * DAY
    await store.put(Contact(tenant="inn", contact="c", created_at=now, plan_at=now + 2 * DAY))
    assert await look(now) == now + 2 * DAY
    assert await look(now + 9 * DAY) is None
