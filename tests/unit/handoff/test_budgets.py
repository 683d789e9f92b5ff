"""Staff are told of a day's budget at 80 % and at 100 %, each once, by a way that works."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.models.usage import UsageDay
from shared.notifiers import Refused, Unclear
from shared.platform import logs
from tests.unit.handoff.desk import ALWAYS, CHIEF, ONE, STAFF, parish, said_to, tick
from tests.world import World

WARNED = "Parish : l'assistant a utilisé 80 % de son budget du jour (5.00 dollars américains)."
USED = "Parish : le budget du jour de l'assistant (5.00 dollars américains) est épuisé."


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path)


async def reach(world: World, *shares: int) -> UsageDay:
    """Has an instance note shares of today's budget."""
    now = world.clock.now()
    found = await world.store.get(UsageDay, tenant="parish", day="2026-11-20")
    day = found or UsageDay(tenant="parish", day="2026-11-20", cap=5.0, expires_at=now + timedelta(days=1))
    for share in shares:
        day.reach(share, now)
    await world.store.put(day)
    return day


async def ticks(world: World, count: int = 10) -> None:
    for _ in range(count):
        await tick(world, 1.0)


async def today(world: World) -> UsageDay:
    found = await world.store.get(UsageDay, tenant="parish", day="2026-11-20")
    assert found
    return found


async def test_an_administrator_is_told_at_eighty_percent_once(world: World) -> None:
    await reach(world, 80)
    await ticks(world)
    assert [words.partition("À 100 %")[0].strip() for words in said_to(world, CHIEF)] == [WARNED]
    assert said_to(world, ONE) == []
    assert ((await today(world)).told, (await today(world)).due_at) == ([80], None)


async def test_each_share_is_told_of_and_a_lower_one_not_after_a_higher(world: World) -> None:
    await reach(world, 80)
    await ticks(world, 3)
    await reach(world, 100)
    await ticks(world, 3)
    assert [words.startswith((WARNED, USED)) for words in said_to(world, CHIEF)] == [True, True]
    assert (await today(world)).told == [80, 100]


async def test_both_at_once_are_one_message(world: World) -> None:
    await reach(world, 80, 100)
    await ticks(world, 3)
    assert [words.startswith(USED) for words in said_to(world, CHIEF)] == [True]
    assert (await today(world)).told == [80, 100]


async def test_two_ticks_at_the_same_time_tell_once(world: World) -> None:
    import asyncio

    await reach(world, 80)
    await asyncio.gather(world.parts.handoff.due.run(), world.parts.handoff.due.run())
    await world.pump()
    assert len(said_to(world, CHIEF)) == 1


@pytest.mark.parametrize(
    ("result", "ways"),
    [(Refused("credentials"), ["mail", "waha"]), (Unclear("lost"), ["mail"])],
    ids=["refused", "unclear"],
)
async def test_the_next_way_is_used_if_one_certainly_failed(
    tmp_path: Path, result: Any, ways: list[str]
) -> None:
    chief = STAFF["chief"] | {"ways": list(reversed(STAFF["chief"]["ways"])), "shifts": ALWAYS}
    world = await parish(tmp_path, staff={"chief": chief})
    world.notifier.results = [result]
    await reach(world, 80)
    await ticks(world, 3)
    (told,) = world.notifier.told
    assert told[1].text.startswith(WARNED)
    assert told[1].purpose == "news"
    assert len(said_to(world, CHIEF)) == len(ways) - 1


async def test_without_an_administrator_the_organisations_contacts_are_told(tmp_path: Path) -> None:
    contacts = [{"channel": "waha", "to": CHIEF}]
    world = await parish(tmp_path, staff={"one": STAFF["one"]}, contacts=contacts)
    await reach(world, 80)
    await ticks(world, 2)
    assert len(said_to(world, CHIEF)) == 1
    assert said_to(world, ONE) == []


async def test_if_nobody_can_be_told_it_is_tried_thrice_and_logged(tmp_path: Path) -> None:
    world = await parish(tmp_path, staff={"one": {"name": "Awa"}})
    lines: list[dict[str, Any]] = []
    await reach(world, 80)
    logs.configure("info", lambda line: lines.append(dict(line)))
    await ticks(world, 60)
    logs.configure("info", lambda _: None)
    assert [line["event"] for line in lines].count("budget_untold") == 3
    assert (await today(world)).due_at is None


async def test_a_day_whose_tenant_is_gone_ends(world: World) -> None:
    day = UsageDay(tenant="gone", day="2026-11-20", cap=1.0, expires_at=world.clock.now())
    day.reach(80, world.clock.now())
    await world.store.put(day)
    await ticks(world, 60)
    found = await world.store.get(UsageDay, tenant="gone", day="2026-11-20")
    assert found
    assert found.due_at is None
