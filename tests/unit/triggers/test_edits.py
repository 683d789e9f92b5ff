"""Edits of a trigger, also ones that are taken back: what it wants now is planned, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.unit.triggers.book import day, declare, know, parish, states, tick, until
from tests.world import START

MORNING: dict[str, Any] = {"when": {"cron": "0 11 * * *"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}}
EVENING: dict[str, Any] = {**MORNING, "when": {"cron": "0 18 * * *"}}


async def test_an_edit_that_is_taken_back_plans_the_same_time_again(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": MORNING})
    await know(world)
    for definition in (EVENING, MORNING):
        await declare(world, "daily", definition)
        await tick(world, 1)
    assert await states(world) == [(f"{day(0)}T11:00", "planned"), (f"{day(0)}T18:00", "cancelled")]
    await until(world, START + timedelta(hours=2))
    assert len(world.texts()) == 1
