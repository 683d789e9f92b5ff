"""Occurrences are planned, moved and cancelled with their causes, and sent once at the local time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.triggers.book import BEFORE, change, day, know, parish, schedule, states, tick, until
from tests.world import START, World


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path, {"arrival": BEFORE})


async def test_a_message_is_sent_once_at_the_local_time(world: World) -> None:
    await know(world, attributes={"check_in": day(3)})
    assert await states(world) == [(f"{day(2)}T10:00", "planned")]
    await until(world, START + timedelta(days=2, minutes=-1))
    assert world.texts() == []
    for _ in range(5):
        await tick(world, 1)
    assert world.texts() == ["À demain, Awa !"]
    (one,) = await schedule(world)
    (message,) = await world.outbound()
    assert (one.state, one.message, message.message) == ("sent", one.occurrence, one.occurrence)


async def test_a_changed_date_moves_the_message(world: World) -> None:
    awa = await know(world, attributes={"check_in": day(3)})
    await change(world, awa, attributes={"check_in": day(5)})
    assert await states(world) == [(f"{day(2)}T10:00", "cancelled"), (f"{day(4)}T10:00", "planned")]
    await change(world, awa, attributes={"check_in": day(3)})
    assert await states(world) == [(f"{day(2)}T10:00", "planned"), (f"{day(4)}T10:00", "cancelled")]
    await until(world, START + timedelta(days=6))
    assert len(world.texts()) == 1
