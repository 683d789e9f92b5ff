"""Each occurrence is sent at most once: doubled ticks and events, crashes, a clock that jumps back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from shared.conversation.outbox import announce
from shared.errors import Retry
from shared.models.events import OccurrencesDue
from shared.models.message import RESEND_AFTER
from shared.platform.publishing import Publisher
from tests.unit.triggers.book import BEFORE, BINTA, day, know, parish, schedule, states, tick, until
from tests.world import START, World

DUE = START + timedelta(days=2)


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """A world a moment after a guest's message became due, before any tick has seen it."""
    world = await parish(tmp_path, {"arrival": BEFORE})
    await know(world, attributes={"check_in": day(3)})
    await until(world, DUE - timedelta(minutes=1), timedelta(hours=6))
    world.clock.pass_(90)
    return world


async def due(world: World) -> OccurrencesDue:
    return OccurrencesDue(tenant="parish", occurrences=[each.occurrence for each in await schedule(world)])


async def test_two_ticks_at_once(world: World) -> None:
    await asyncio.gather(*(world.parts.triggers.tick.run() for _ in range(3)))
    assert len(world.bus.waiting) == 3
    await world.pump()
    assert world.texts() == ["À demain, Awa !"]


async def test_an_event_that_is_handled_by_two_instances_at_once(world: World) -> None:
    event = await due(world)
    firing = world.parts.triggers.firing
    await asyncio.gather(*(firing.handle(event) for _ in range(5)))
    await world.pump()
    await firing.handle(event)
    await world.pump()
    assert world.texts() == ["À demain, Awa !"]


async def test_a_crash_after_the_commit_loses_nothing_and_doubles_nothing(world: World) -> None:
    world.bus.broken = True
    with pytest.raises(Retry):
        await world.parts.triggers.firing.handle(await due(world))
    world.bus.broken = False
    assert world.texts() == []
    await world.parts.triggers.firing.handle(await due(world))
    world.clock.pass_(RESEND_AFTER.total_seconds() + 1)
    await world.parts.sweep.run()
    await world.pump()
    await world.pump()
    assert world.texts() == ["À demain, Awa !"]


async def test_an_event_before_its_time_sends_nothing(world: World) -> None:
    world.clock.pass_(-600)
    await world.parts.triggers.firing.handle(await due(world))
    await world.pump()
    assert world.texts() == []
    assert [state for _, state in await states(world)] == ["planned"]


async def test_a_clock_that_jumps_back_sends_no_second_one(world: World) -> None:
    await tick(world)
    world.clock.pass_(-7200)
    for _ in range(30):
        await tick(world, 10)
    assert world.texts() == ["À demain, Awa !"]


async def test_one_that_is_gone_holds_back_no_other(world: World) -> None:
    await know(world, "Binta", BINTA, attributes={"check_in": day(3)})
    world.clock.pass_(1)
    ids = [each.occurrence for each in await schedule(world)]
    event = OccurrencesDue(tenant="parish", occurrences=["arrival.unknown.2026-01-01", *ids])
    await world.parts.triggers.firing.handle(event)
    await world.pump()
    assert sorted(world.texts()) == ["À demain, Awa !", "À demain, Binta !"]


async def test_a_repeated_announcement_sends_nothing_again(world: World) -> None:
    await tick(world)
    (one,) = await schedule(world)
    for _ in range(3):
        await announce(Publisher(world.bus), "parish", one.conversation, one.message)
        await world.pump()
    assert world.texts() == ["À demain, Awa !"]


async def test_a_paused_deployment_sends_nothing_and_forgets_nothing(world: World) -> None:
    from shared.upkeep.pausing import Pausing

    pausing = Pausing(world.store, world.clock)
    await pausing.pause("test")
    world.clock.pass_(60)
    await tick(world, 5)
    assert world.texts() == []
    await pausing.resume()
    await tick(world, 1)
    assert world.texts() == ["À demain, Awa !"]
