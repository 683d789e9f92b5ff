"""The sweep finds work that neither a lease nor the bus brings back after a crash."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.models.message import Outbound
from shared.platform.store import Where
from shared.platform.store.sqlite import SqliteStore
from tests.e2e.concierge import chat, person, wait_for
from tests.e2e.conftest import LocalRun

QUESTION = "What time is breakfast?"


@pytest.fixture
def swept(tmp_path: Path) -> Iterator[LocalRun]:
    """Yields a run of the test's own that is swept every second."""
    run = LocalRun(tmp_path, minute=1)
    run.start()
    yield run
    run.stop()


def attempts(run: LocalRun, people: list[str]) -> list[int]:
    return [len(run.calls(who)) for who in people]


def forget_the_queue(folder: Path) -> None:
    for path in folder.glob("bus.db*"):
        path.unlink()


async def let_an_hour_pass(folder: Path, people: list[str]) -> int:
    """Moves the times of each open message to these people an hour back; returns the number of messages."""
    hour = timedelta(hours=1)
    store = SqliteStore(folder / "store.db")
    waiting = [Where("direction", "==", "out"), Where("open", "==", True)]
    opened = await store.query(Outbound, where=waiting, limit=100, tenant="hotel")
    found = [message for message in opened if message.to in map(chat, people)]
    for message in found:
        message.due_at = datetime.now(UTC) - hour
        if message.claim is not None:
            message.claim.until -= hour
        for part in message.parts:
            part.attempted_at = part.attempted_at and part.attempted_at - hour
        await store.put(message)
    store.close()
    return len(found)


def test_after_a_kill_the_sweep_sends_what_the_bus_has_lost(swept: LocalRun) -> None:
    people = [person() for _ in range(4)]
    swept.fault(people[0], hang_s=60)  # killed while it is being sent, and the gateway has it
    swept.fault(people[1], status=500, hang_s=60)  # the same, and the gateway has it not
    for who in people:
        swept.fault(who, status=500, times=1000)
        swept.say(who, QUESTION)
    wait_for(lambda: all(attempts(swept, people)))
    swept.kill()
    forget_the_queue(swept.folder)
    assert asyncio.run(let_an_hour_pass(swept.folder, people)) == len(people)
    swept.start()
    for who in people:
        wait_for(lambda who=who: 201 in [call["status"] for call in swept.calls(who)], swept.log)
    assert [swept.outcomes(who) for who in people] == [["answered"]] * len(people)
    assert [[call["status"] for call in swept.calls(who)].count(201) for who in people] == [1] * len(people)
    assert "schedule_failed" not in swept.log()
