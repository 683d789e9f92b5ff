"""Edits that are taken back, and people who fly west: a recurring trigger goes on with the next time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.unit.triggers.book import change, day, declare, know, parish, states, tick, until
from tests.world import START


def daily(hours: str) -> dict[str, Any]:
    return {"when": {"cron": f"0 {hours} * * *"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}}


async def test_an_edit_that_is_taken_back_plans_the_same_time_again(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": daily("11")})
    await know(world)
    for definition in (daily("18"), daily("11")):
        await declare(world, "daily", definition)
        await tick(world, 1)
    assert await states(world) == [(f"{day(0)}T11:00", "planned"), (f"{day(0)}T18:00", "cancelled")]
    await until(world, START + timedelta(hours=2))
    assert len(world.texts()) == 1


async def test_a_time_that_an_edit_cancelled_is_planned_after_the_one_before_it(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": daily("11,15")})
    await know(world)
    for definition in (daily("15"), daily("11,15")):
        await declare(world, "daily", definition)
        await tick(world, 1)
    await until(world, START + timedelta(hours=6))
    assert len(world.texts()) == 2


async def test_a_person_who_flies_west_gets_the_next_message_that_they_had_not(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": daily("20,23")}, messaging={"quiet": None})
    awa = await know(world, timezone="Australia/Lord_Howe")  # 21:00 there
    await until(world, START + timedelta(hours=2, minutes=5))
    assert len(world.texts()) == 1  # at 23:00
    await change(world, awa, timezone="America/New_York")  # 7:05 of the same day
    await until(world, START + timedelta(hours=22))
    assert len(world.texts()) == 2
    await until(world, START + timedelta(days=1, hours=22))
    assert len(world.texts()) == 4
    assert [local for local, _ in await states(world)].count(f"{day(0)}T23:00") == 1
