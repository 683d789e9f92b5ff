"""Failover: a dead, hanging, rate-limited, lying or spent model is bridged, and a revived one used again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from scripts.bench.figures import percentile
from shared import llm
from shared.answers.assistant.prompt import Shape
from shared.llm import Completion, Failure, Request, Text
from shared.models.usage import ModelHealth
from shared.routing import NoModel, Router
from tests.unit.routing.models import ASK, USED, World, answers, fails, hangs, tenant

TENANT = tenant()


async def garbage(_: Request) -> Completion:
    await asyncio.sleep(0.1)
    return Completion([Text('{"answer": "At ni')], "done", USED)


async def nothing(_: Request) -> Completion:
    return Completion([Text("  ")], "done", USED)


ILL = {
    "dead": fails(Failure.BUSY),
    "hanging": hangs,
    "limited": fails(Failure.RATE, after=20.0),
    "limited without a time": fails(Failure.RATE),
    "spent": fails(Failure.SPENT),
    "refusing the key": fails(Failure.REFUSED_KEY),
    "lying": garbage,
    "empty": nothing,
}


async def turns(world: World, router: Router, count: int, every: float, tenant_: Any = TENANT) -> list[float]:
    """Returns the time (s) of each of so many answers, one after the other."""
    took = []
    for _ in range(count):
        began = world.loop.time()
        shaped = Request("Answer.", ASK.messages, schema=Shape)
        routed = await router.complete(tenant_, "answer", shaped)
        assert routed.completion.text == WELL
        took.append(world.loop.time() - began)
        await asyncio.sleep(every)
    return took


WELL = Shape(answer="At nine.", known=True, wants_human=False, sources=[]).model_dump_json()


@pytest.mark.parametrize("every", [0.0, 1.0, 60.0])
@pytest.mark.parametrize("ill", ILL)
def test_an_ill_first_model_costs_two_seconds_at_most(world: World, ill: str, every: float) -> None:
    """At any pace of turns, from a cold start, at the 95th percentile of 200 turns."""

    async def play() -> tuple[list[float], list[float]]:
        world.script.update(first=answers(0.5, WELL), second=answers(0.5, WELL))
        healthy = await turns(world, world.instance(), 200, every)
        world.script["first"] = ILL[ill]
        return healthy, await turns(world, world.instance(), 200, every)

    healthy, took = world.run(play())
    assert percentile(took, 95) - percentile(healthy, 95) <= 2.0
    assert max(took) <= TENANT.answers.seconds


@pytest.mark.parametrize("ill", [each for each in ILL if each not in ("spent", "refusing the key")])
def test_a_revived_model_is_used_again_within_a_minute(world: World, ill: str) -> None:
    async def play() -> float:
        router = world.instance()
        world.script.update(first=ILL[ill], second=answers(0.3, WELL))
        await turns(world, router, 100, 3.0)
        world.script["first"], revived = answers(0.3, WELL), world.loop.time()
        while True:
            await turns(world, router, 1, 1.0)
            if not world.models.of("second", since=world.loop.time() - 1.5):
                return world.loop.time() - revived
            assert world.loop.time() - revived < 90

    assert world.run(play()) <= 61


def test_a_slow_first_model_is_left_soon_once_its_usual_latency_is_known(world: World) -> None:
    async def play() -> float:
        router = world.instance()
        world.script.update(first=answers(0.5, WELL), second=answers(0.2, WELL))
        await turns(world, router, 20, 1.0)
        world.script["first"] = hangs
        return max(await turns(world, router, 1, 1.0))

    assert world.run(play()) <= 0.5 + 1.5 + 0.2 + 0.01


def test_without_learned_latencies_the_first_attempt_has_its_own_time(world: World) -> None:
    world.script.update(first=hangs, second=answers(0.2, WELL))
    (took,) = world.run(turns(world, world.instance(), 1, 0.0))
    assert took == pytest.approx(TENANT.answers.first_seconds + 0.2)


@pytest.mark.parametrize("seconds", [2.0, 4.0, 8.0])
def test_the_second_attempt_has_useful_time_however_little_there_is(world: World, seconds: float) -> None:
    short = tenant(seconds=seconds, first_seconds=seconds)
    world.script.update(first=hangs, second=answers(0.9, WELL))
    (took,) = world.run(turns(world, world.instance(), 1, 0.0, short))
    assert took < seconds


def test_with_all_models_hanging_it_ends_in_time_and_says_so(world: World) -> None:
    three = tenant({"first": ["a"], "second": ["b"], "third": ["c"]})
    world.script.update(first=hangs, second=hangs, third=hangs)

    async def play() -> float:
        with pytest.raises(NoModel, match="too_slow"):
            await world.instance().complete(three, "answer", ASK)
        return world.loop.time()

    assert world.run(play()) == pytest.approx(three.answers.seconds)
    assert len(world.models.calls) == 3


def test_when_all_models_rest_the_answer_is_at_once_that_there_is_none(world: World) -> None:
    async def play() -> float:
        router = world.instance()
        world.script.update(first=fails(Failure.SPENT), second=fails(Failure.SPENT))
        for _ in range(2):
            began = world.loop.time()
            with pytest.raises(NoModel):
                await router.complete(TENANT, "answer", ASK)
        return world.loop.time() - began

    assert world.run(play()) == 0
    assert len(world.models.calls) == 2


@pytest.mark.parametrize("failure", [Failure.TOO_LONG, Failure.BAD_REQUEST])
def test_a_request_that_is_at_fault_opens_no_breaker(world: World, failure: Failure) -> None:
    world.script.update(first=fails(failure), second=answers(0.1, WELL))

    async def play() -> list[ModelHealth]:
        await turns(world, world.instance(), 20, 0.1)
        return await world.store.query(ModelHealth, tenant="hotel", limit=10)

    assert world.run(play()) == []
    assert len(world.models.of("first")) == 20


@pytest.mark.parametrize("stop", ["refused", "cut_off"])
def test_a_refused_or_cut_answer_goes_to_the_next_model_and_harms_none(world: World, stop: Any) -> None:
    async def declines(_: Request) -> Completion:
        return Completion([Text("I")], stop, USED)

    world.script.update(first=declines, second=answers(0.1, WELL))
    world.run(turns(world, world.instance(), 10, 0.1))
    assert len(world.models.of("first")) == 10


def test_a_bug_in_a_models_file_is_a_bug(world: World) -> None:
    async def broken(_: Request) -> Completion:
        raise KeyError("choices")

    world.script.update(first=broken, second=answers())
    with pytest.raises(KeyError):
        world.run(world.instance().complete(TENANT, "answer", ASK))


def test_a_history_of_tools_goes_to_its_maker_with_the_same_key(world: World) -> None:
    """Vendors refuse calls that another account's model signed."""
    keys = tenant({"first": ["a"], "second": ["b", "c", "d"]})
    call = llm.ToolCall("c1", "look", {"for": "pool"}, "signed")

    async def calls_a_tool(_: Request) -> Completion:
        return Completion([call], "tools", USED)

    async def play() -> None:
        router = world.instance()
        world.script.update(first=fails(Failure.BUSY), second=calls_a_tool)
        await router.complete(keys, "answer", ASK)
        world.script.update(first=answers(0.1), second=answers(0.1))
        result = llm.Message("person", [llm.ToolResult("c1", "look", "Eight to eight.")])
        history = [*ASK.messages, llm.Message("model", [call]), result]
        for _ in range(3):
            await router.complete(keys, "answer", Request("Answer.", history))
        world.script["second"] = fails(Failure.SPENT)
        await router.complete(keys, "answer", Request("Answer.", history))

    world.run(play())
    asked = [(each.model, each.key) for each in world.models.calls]
    assert asked[1:5] == [("second", "b")] * 4
    assert asked[-1] == ("first", "a")
