"""Edits that are taken back, and people who fly west: a recurring trigger goes on with the next time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Retry
from shared.models.events import ContactsDue
from shared.models.people import Contact
from shared.models.trigger import Trigger
from shared.triggers.planning import Planner
from shared.triggers.rules import Rules
from tests.unit.triggers.book import (
    BEFORE,
    BINTA,
    change,
    day,
    declare,
    know,
    parish,
    states,
    tenant_of,
    tick,
    until,
)
from tests.world import AWA, START, World


def daily(hours: str) -> dict[str, Any]:
    return {"when": {"cron": f"0 {hours} * * *"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}}


def before_arrival(at: str) -> dict[str, Any]:
    late = {"policy": "skip_if_older_than", "hours": 1}
    return {**BEFORE, "when": {**BEFORE["when"], "at": at}, "late": late}


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


async def test_an_edit_that_is_taken_back_before_it_is_looked_at(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": daily("11")})
    awa = await know(world)
    await declare(world, "daily", daily("18"))
    await plan(world, awa)
    await declare(world, "daily", daily("11"))
    await until(world, START + timedelta(hours=2))
    assert len(world.texts()) == 1


async def test_a_pause_in_the_console_that_nothing_looks_at(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": daily("11")})
    await know(world)
    await until(world, START + timedelta(minutes=59))
    await edit(world, "daily", state="paused")
    await tick(world, 1.5)
    await edit(world, "daily", state="active")
    await until(world, START + timedelta(days=1, hours=2))
    assert len(world.texts()) >= 1


async def test_a_plan_by_a_definition_that_has_changed_since_is_made_again(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": daily("11")})
    awa = await know(world)
    tenant = await tenant_of(world)
    rules = await Rules(world.store).of(tenant)
    await declare(world, "daily", daily("18"))
    await tick(world, 1)
    with pytest.raises(Retry):
        await Planner(world.store, world.clock).plan(tenant, rules, awa.contact)
    await until(world, START + timedelta(hours=9))
    assert len(world.texts()) == 1


async def test_a_time_that_an_edit_put_in_the_past_is_corrected_by_the_next_edit(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"reminder": before_arrival("17:10")})
    await know(world, attributes={"check_in": day(1)})
    await until(world, START + timedelta(hours=4))
    await declare(world, "reminder", before_arrival("00:10"))
    await until(world, START + timedelta(hours=4, minutes=30))
    assert await states(world) == [(f"{day(0)}T00:10", "skipped")]
    await declare(world, "reminder", before_arrival("18:45"))
    await until(world, START + timedelta(hours=10))
    assert await states(world) == [(f"{day(0)}T18:45", "sent")]
    assert world.texts() == ["À demain, Awa !"]


@pytest.mark.parametrize("hour", ["12:30", "11:00"])
async def test_an_edit_plans_nothing_again_at_a_time_before_it_was_left_out(
    tmp_path: Path, hour: str
) -> None:
    world = await parish(tmp_path, {"reminder": before_arrival("11:00")})
    await know(world, attributes={"check_in": day(1)})
    await tick(world, 180)  # after an outage
    assert await states(world) == [(f"{day(0)}T11:00", "skipped")]
    await declare(world, "reminder", before_arrival(hour) | {"kind": "promotion"})
    await until(world, START + timedelta(hours=10))
    assert world.texts() == []


async def test_a_message_that_was_sent_is_not_sent_again_at_another_time(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"reminder": before_arrival("11:00")})
    await know(world, attributes={"check_in": day(1)})
    await until(world, START + timedelta(hours=2))
    await declare(world, "reminder", before_arrival("18:45"))
    await until(world, START + timedelta(hours=10))
    assert world.texts() == ["À demain, Awa !"]


async def plan(world: World, contact: Contact) -> None:
    """Plans a contact that has changed, before the next tick."""
    found = await world.store.get(Contact, tenant="parish", contact=contact.contact)
    assert found is not None
    await world.store.put(found.model_copy(update={"plan_at": world.clock.now()}))
    await world.parts.triggers.handle(ContactsDue(tenant="parish", contacts=[contact.contact]))


async def edit(world: World, name: str, **fields: Any) -> None:
    """Changes fields of a trigger's document, as an administrator does in the console."""
    found = await world.store.get(Trigger, tenant="parish", trigger=name)
    assert found is not None
    await world.store.put(found.model_copy(update=fields))


async def test_a_person_who_first_writes_just_after_the_first_trigger_is_planned(tmp_path: Path) -> None:
    """Whoever meets them still has the tenant as it was before."""
    world = await parish(tmp_path, {})
    await world.say("Quand est la messe ?")
    await declare(world, "daily", daily("11"))
    await tick(world)
    await world.say("Quand est la messe ?", peer=BINTA)
    await tick(world)
    await until(world, START + timedelta(hours=2))
    told = {chat for chat, text in world.channel.sent if text.startswith("Bonjour")}
    assert told == {f"{number[1:]}@c.us" for number in (AWA, BINTA)}
