"""Budgets: slices over several instances, the day in the tenant's zone, and the shares that are told once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.llm import Completion, Request, Text
from shared.llm import Usage as Tokens
from shared.models.tenant import Tenant
from shared.models.usage import UsageDay
from shared.platform import effects
from shared.routing import OverBudget, Router
from shared.routing.budget import LASTS
from tests.unit.routing.models import ASK, CENT, MODEL, World, answers, tenant

#: A day's budget for a hundred answers.
CAP = 100 * CENT


def capped(cap: float = CAP, **more: Any) -> Tenant:
    made = tenant({"first": ["key-a"]}, budget={"per_day": cap})
    return made.model_copy(update=more)


async def spend(world: World, router: Router, tenant_: Tenant, most: int = 1_000) -> int:
    """Asks until the budget is used up; returns the number of answers."""
    for count in range(most):
        try:
            await world.ask(router, tenant_)
        except OverBudget:
            return count
        await router.write_usage(tenant_.tenant)
    return most


async def day(world: World, name: str = "2026-11-20") -> UsageDay:
    found = await world.store.get(UsageDay, tenant="hotel", day=name)
    assert found
    return found


@pytest.mark.parametrize("instances", [1, 3, 8])
def test_a_days_budget_is_exceeded_by_one_turn_of_each_instance_at_most(world: World, instances: int) -> None:
    world.script["first"] = answers(0.2)

    async def play() -> int:
        routers = [world.instance() for _ in range(instances)]
        return sum(await asyncio.gather(*(spend(world, each, capped()) for each in routers)))

    spent = world.run(play())
    assert CAP - 0.1 * CAP <= spent * CENT <= CAP + instances * CENT + 1e-9


@pytest.mark.parametrize("instances", [1, 3])
def test_many_turns_at_the_same_time_exceed_it_no_more(world: World, instances: int) -> None:
    world.script["first"] = answers(2.0)

    async def play() -> int:
        routers = [world.instance() for _ in range(instances)]
        many = [spend(world, each, capped()) for each in routers for _ in range(20)]
        return sum(await asyncio.gather(*many))

    assert world.run(play()) * CENT <= CAP + instances * CENT + 1e-9


def test_a_turn_dearer_than_a_slice_is_counted_whole(world: World) -> None:
    async def dear(_: Request) -> Completion:
        return Completion([Text("x")], "done", Tokens(cost=0.3), MODEL)

    world.script["first"] = dear

    async def play() -> int:
        routers = [world.instance() for _ in range(2)]
        return sum(await asyncio.gather(*(spend(world, each, capped()) for each in routers)))

    assert world.run(play()) * 0.3 <= CAP + 2 * 0.3


def test_an_ordinary_turn_asks_for_no_slice(world: World) -> None:
    world.script["first"] = answers(0.1)
    wide = capped(1_000 * CAP)

    async def play() -> effects.Effects:
        router = world.instance()
        await world.ask(router, wide)
        account = effects.begin()
        for _ in range(50):
            await world.ask(router, wide)
            await router.write_usage("hotel")
        return account

    account = world.run(play())
    assert account.reads == 0
    assert account.writes == ["tenants/hotel/usage/2026-11-20/shards/shard-1"] * 50


def test_a_used_up_budget_is_not_asked_about_at_every_turn(world: World) -> None:
    world.script["first"] = answers(0.1)

    async def play() -> effects.Effects:
        router = world.instance()
        await spend(world, router, capped())
        account = effects.begin()
        for _ in range(100):
            with pytest.raises(OverBudget):
                await world.ask(router, capped())
        return account

    account = world.run(play())
    assert (account.reads, len(account.writes)) == (0, 0)


def test_the_rest_of_an_instance_that_is_gone_goes_back(world: World) -> None:
    """Ten instances take a slice each, spend one turn, and are gone."""
    world.script["first"] = answers(0.1)
    small = capped(20 * CENT)

    async def play() -> int:
        count = 0
        for _ in range(10):
            router = world.instance()
            await world.ask(router, small)
            await router.write_usage("hotel")
            count += 1
        await asyncio.sleep(LASTS.total_seconds() + 200)
        return count + await spend(world, world.instance(), small)

    assert world.run(play()) >= 19


def test_an_idle_instance_that_comes_back_does_not_spend_what_others_were_given(world: World) -> None:
    world.script["first"] = answers(0.1)
    small = capped(20 * CENT)

    async def play() -> int:
        idle, busy = world.instance(), world.instance()
        await world.ask(idle, small)
        await idle.write_usage("hotel")
        await asyncio.sleep(LASTS.total_seconds() + 200)
        count = 1 + await spend(world, busy, small)
        return count + await spend(world, idle, small)

    assert world.run(play()) * CENT <= 20 * CENT + 2 * CENT


def test_the_day_is_the_tenants_own(world: World) -> None:
    """The virtual clock begins at 10:00 UTC: midnight in Auckland (UTC+13) comes an hour later."""
    world.script["first"] = answers(0.1)
    far = capped(2 * CENT, timezone="Pacific/Auckland")

    async def play() -> list[int]:
        router = world.instance()
        first = await spend(world, router, far)
        await asyncio.sleep(3_600)
        return [first, await spend(world, router, far)]

    assert world.run(play()) == [2, 2]
    assert world.run(day(world, "2026-11-20")).spent == pytest.approx(2 * CENT)
    assert world.run(day(world, "2026-11-21")).spent == pytest.approx(2 * CENT)


def test_eighty_and_a_hundred_percent_are_each_noted_once(world: World) -> None:
    world.script["first"] = answers(0.1)

    async def play() -> list[list[int]]:
        routers = [world.instance() for _ in range(3)]
        seen: list[list[int]] = []
        for _ in range(100):
            await asyncio.gather(*(spend(world, each, capped(), most=1) for each in routers))
            found = await day(world)
            if not seen or seen[-1] != found.reached:
                seen.append(found.reached)
            found.due_at = None
            await world.store.put(found)
            await asyncio.sleep(61)
        assert (await day(world)).due_at is None, "a share was noted again"
        return seen

    assert world.run(play()) == [[], [80], [80, 100]]


def test_a_raised_budget_holds_within_a_minute(world: World) -> None:
    world.script["first"] = answers(0.1)

    async def play() -> int:
        router = world.instance()
        await spend(world, router, capped())
        await asyncio.sleep(61)
        return await spend(world, router, capped(2 * CAP))

    assert world.run(play()) >= 90


def test_models_that_cost_nothing_need_no_budget(world: World) -> None:
    world.script["own"] = answers(0.1)
    entry = {"format": "openai_compatible", "model": "own", "url": "http://localhost:11434/v1"}
    own = capped()
    own.answers = own.answers.model_validate({"models": {"own": entry}, "budget": {"per_day": 0.000001}})

    async def play() -> int:
        return await spend(world, world.instance(), own, most=50)

    assert world.run(play()) == 50


def test_without_a_budget_there_is_no_document_of_the_day(world: World) -> None:
    world.script["first"] = answers(0.1)

    async def play() -> Any:
        await world.instance().complete(tenant({"first": ["key-a"]}), "answer", ASK)
        return await world.store.get(UsageDay, tenant="hotel", day="2026-11-20")

    assert world.run(play()) is None
