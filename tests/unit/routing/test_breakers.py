"""Breakers: no request to an open one but the probe, one at a time over all instances; keys in turn."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from shared.errors import Retry
from shared.llm import Failure
from shared.models.usage import ModelHealth
from shared.platform import effects, logs
from shared.routing import NoModel
from shared.routing.breakers import FAILURES
from tests.unit.routing.models import ASK, World, answers, fails, hangs, tenant

TENANT = tenant()
Lines = list[dict[str, Any]]


@pytest.fixture
def lines() -> Any:
    found: Lines = []
    logs.configure("info", lambda line: found.append(dict(line)))
    yield found
    logs.configure("info", lambda _: None)


async def health(world: World, model: str = "first") -> ModelHealth:
    found = await world.store.get(ModelHealth, tenant="hotel", model=model)
    assert found
    return found


def test_an_open_breaker_gets_no_request_but_probes_with_growing_waits(world: World) -> None:
    world.script.update(first=fails(Failure.BUSY), second=answers())

    async def play() -> None:
        router = world.instance()
        while world.loop.time() < 600:
            await world.ask(router, TENANT)

    world.run(play())
    times = [call.at for call in world.models.of("first")]
    gaps = [round(later - earlier) for earlier, later in pairwise(times[FAILURES - 1 :])]
    assert gaps[:4] == sorted(gaps[:4])
    assert 4 <= gaps[0] <= 6
    assert max(gaps) <= 50
    assert len(times) < 25


def test_two_instances_share_a_breaker_and_make_one_probe_at_a_time(world: World) -> None:
    """The second instance reads of it at its start; both then see every wait."""
    world.script.update(first=fails(Failure.BUSY, seconds=1.0), second=answers())

    async def play() -> list[float]:
        one, other = world.instance(), world.instance()
        for _ in range(FAILURES):
            await world.ask(one, TENANT)
        opened = world.loop.time()
        while world.loop.time() < opened + 300:
            await asyncio.gather(*(world.ask(each, TENANT) for each in (one, other, one, other)))
        return [call.at - opened for call in world.models.of("first")[FAILURES:]]

    probes = world.run(play())
    assert len(probes) <= 10
    assert all(later - earlier >= 5 for earlier, later in pairwise(probes))


def test_an_instance_learns_within_a_minute_that_a_model_works_again(world: World) -> None:
    world.script.update(first=fails(Failure.SPENT), second=answers())

    async def play() -> float:
        one = world.instance()
        await world.ask(one, TENANT)
        stored = await health(world)
        world.script["first"] = answers()
        stored.resting = {}  # an administrator has topped up the credit
        await world.store.put(stored)
        began = world.loop.time()
        while not world.models.of("first", since=began):
            await world.ask(one, TENANT)
            await asyncio.sleep(1)
        return world.loop.time() - began

    assert world.run(play()) <= 62


def test_a_probe_does_not_hold_up_the_answer(world: World) -> None:
    """A hanging model that is probed costs a turn hardly more than its usual latency."""

    async def play() -> float:
        router = world.instance()
        world.script.update(first=answers(0.4), second=answers(0.4))
        for _ in range(20):
            await world.ask(router, TENANT)
        world.script["first"] = hangs
        for _ in range(FAILURES):
            await world.ask(router, TENANT)
        await asyncio.sleep(60)
        return (await world.ask(router, TENANT))[1]

    assert world.run(play()) <= 0.4 + 1.5 + 0.01


def test_a_probe_that_answers_first_is_the_answer(world: World) -> None:
    async def play() -> str:
        router = world.instance()
        world.script.update(first=fails(Failure.BUSY), second=answers(1.0, "from the second"))
        for _ in range(FAILURES):
            await world.ask(router, TENANT)
        await asyncio.sleep(30)
        world.script["first"] = answers(0.2, "from the first")
        return (await world.ask(router, TENANT))[0].completion.text

    assert world.run(play()) == "from the first"
    assert world.models.calls[-1].cancelled


def test_an_ordinary_turn_reads_and_writes_nothing(world: World) -> None:
    world.script.update(first=answers(), second=answers())

    async def play() -> effects.Effects:
        router = world.instance()
        await world.ask(router, TENANT)
        account = effects.begin()
        for _ in range(20):
            await world.ask(router, TENANT)
        return account

    account = world.run(play())
    assert (account.reads, account.writes) == (0, [])


def test_the_state_is_read_once_a_minute_and_written_only_if_it_changes(world: World) -> None:
    world.script.update(first=fails(Failure.SPENT), second=answers())

    async def play() -> effects.Effects:
        router = world.instance()
        account = effects.begin()
        for _ in range(300):
            await world.ask(router, TENANT)
            await asyncio.sleep(0.7)
        return account

    account = world.run(play())
    assert len(account.writes) == 1
    assert account.reads <= 1 + 300 / 60 + 1


def test_the_document_says_why(world: World) -> None:
    world.script.update(first=fails(Failure.SPENT), second=answers())

    async def play() -> tuple[str, str]:
        await world.ask(world.instance(), TENANT)
        spent = (await health(world)).why
        world.script["first"] = answers()
        await asyncio.sleep(3_700)
        await world.ask(world.instance(), TENANT)
        return spent, (await health(world)).why

    spent, works = world.run(play())
    assert spent == ("not used: key-a since 10:00 UTC (spent: scripted_spent; tried again from 11:00:00 UTC)")
    assert works == "works since 11:01 UTC"


def test_a_store_that_fails_costs_nobody_an_answer(world: World) -> None:
    class Down:
        def __getattr__(self, _: str) -> Any:
            async def refuse(*_: Any, **__: Any) -> None:
                raise Retry("store_down")

            return refuse

    world.script.update(first=fails(Failure.BUSY), second=answers())

    async def play() -> None:
        router = world.instance(Down())
        for _ in range(20):
            await world.ask(router, TENANT)

    world.run(play())
    assert len(world.models.of("first")) <= FAILURES + 2


# --- keys


def test_keys_are_used_in_turn(world: World) -> None:
    world.script["first"] = answers()
    keys = tenant({"first": ["a", "b", "c"]})

    async def play() -> None:
        router = world.instance()
        for _ in range(6):
            await world.ask(router, keys)

    world.run(play())
    assert [call.key for call in world.models.calls] == ["a", "b", "c", "a", "b", "c"]


@pytest.mark.parametrize("failure", [Failure.RATE, Failure.SPENT, Failure.REFUSED_KEY])
def test_a_key_that_rests_leaves_its_turn_to_the_others(world: World, failure: Failure) -> None:
    keys = tenant({"first": ["a", "b"], "second": ["c"]})
    world.script.update({"first": answers(), "first/a": fails(failure, after=50.0), "second": answers()})

    async def play() -> None:
        router = world.instance()
        for _ in range(10):
            await world.ask(router, keys)

    world.run(play())
    assert [call.key for call in world.models.calls].count("a") == 1
    assert world.models.of("second") == []


def test_a_rate_limited_key_rests_as_long_as_the_vendor_asks_and_then_works(world: World) -> None:
    world.script.update(first=fails(Failure.RATE, after=17.0), second=answers())

    async def play() -> list[float]:
        router = world.instance()
        await world.ask(router, TENANT)
        limited = world.loop.time()
        world.script["first"] = answers()
        for _ in range(40):
            await world.ask(router, TENANT)
            await asyncio.sleep(0.5)
        return [call.at - limited for call in world.models.of("first")[1:]]

    assert 16 <= world.run(play())[0] <= 18


def test_a_vendor_that_names_seconds_while_a_day_is_used_up_is_asked_less_and_less(world: World) -> None:
    world.script.update(first=fails(Failure.RATE, after=10.0), second=answers())

    async def play() -> None:
        router = world.instance()
        while world.loop.time() < 3_600:
            await world.ask(router, TENANT)
            await asyncio.sleep(1)

    world.run(play())
    assert len(world.models.of("first")) <= 15


def test_a_spent_key_rests_an_hour_then_two_up_to_a_day(world: World) -> None:
    world.script.update(first=fails(Failure.SPENT), second=answers(0.01))

    async def play() -> list[float]:
        router = world.instance()
        while world.loop.time() < 6 * 86_400:
            await world.ask(router, TENANT)
            await asyncio.sleep(300)
        return [call.at / 3_600 for call in world.models.of("first")]

    hours = [round(later - earlier) for earlier, later in pairwise(world.run(play()))]
    assert hours[:5] == [1, 2, 4, 8, 16]
    assert set(hours[5:]) == {24}


def test_a_refused_key_is_told_once(world: World, lines: Lines) -> None:
    world.script.update(first=fails(Failure.REFUSED_KEY), second=answers(0.1))

    async def play() -> None:
        one, other = world.instance(), world.instance()
        while world.loop.time() < 3_600:
            await asyncio.gather(world.ask(one, TENANT), world.ask(other, TENANT))
            await asyncio.sleep(5)

    world.run(play())
    told = [line for line in lines if line["event"] == "key_refused"]
    assert [(line["severity"], line["provider"], line["secret"]) for line in told] == [
        ("CRITICAL", "first", "key-a")
    ]


def test_a_dead_model_with_many_keys_is_left_after_as_few_failures(world: World) -> None:
    keys = tenant({"first": list("abcdefgh"), "second": ["z"]})
    world.script.update(first=fails(Failure.BUSY), second=answers())

    async def play() -> None:
        router = world.instance()
        for _ in range(12):
            await world.ask(router, keys)

    world.run(play())
    assert len(world.models.of("first")) == FAILURES


def test_a_model_that_fails_half_of_the_time_is_left_too(world: World) -> None:
    count = 0

    async def every_second(request: Any) -> Any:
        nonlocal count
        count += 1
        return await (answers() if count % 2 else fails(Failure.BUSY))(request)

    world.script.update(first=every_second, second=answers())

    async def play() -> None:
        router = world.instance()
        for _ in range(30):
            await world.ask(router, TENANT)

    world.run(play())
    assert len(world.models.of("first")) <= 14


# --- hedging


def test_a_hedged_request_takes_the_quicker_answer_and_cancels_the_other(world: World) -> None:
    hedged = tenant(hedged=True)

    async def play() -> tuple[str, float]:
        router = world.instance()
        world.script.update(first=answers(0.4, "from the first"), second=answers(0.3, "from the second"))
        for _ in range(20):
            await world.ask(router, TENANT)
        world.script["first"] = answers(5.0)
        routed, took = await world.ask(router, hedged)
        return routed.completion.text, round(took, 6)

    assert world.run(play()) == ("from the second", 0.7)
    assert [call.cancelled for call in world.models.calls[-2:]] == [True, False]


def test_a_hedged_request_that_is_slower_is_cancelled_itself(world: World) -> None:
    hedged = tenant(hedged=True)

    async def play() -> str:
        router = world.instance()
        world.script.update(first=answers(0.4), second=answers(3.0))
        for _ in range(20):
            await world.ask(router, TENANT)
        world.script["first"] = answers(0.9, "from the first")
        return (await world.ask(router, hedged))[0].completion.text

    assert world.run(play()) == "from the first"
    assert [call.cancelled for call in world.models.calls[-2:]] == [False, True]


def test_without_hedging_there_is_one_request_at_a_time(world: World) -> None:
    async def play() -> None:
        router = world.instance()
        world.script.update(first=answers(0.4), second=answers(0.1))
        for _ in range(20):
            await world.ask(router, TENANT)
        world.script["first"] = answers(1.5)
        await world.ask(router, TENANT)

    world.run(play())
    assert world.models.of("second") == []


def test_a_hanging_model_is_left_by_hedged_requests_too(world: World) -> None:
    hedged = tenant(hedged=True)

    async def play() -> int:
        router = world.instance()
        world.script.update(first=answers(0.4), second=answers(0.4))
        for _ in range(20):
            await world.ask(router, hedged)
            await asyncio.sleep(10)
        world.script["first"] = hangs
        for _ in range(60):
            await world.ask(router, hedged)
        return len(world.models.of("first")) - 20

    assert world.run(play()) <= 20


def test_a_task_without_a_model_is_refused(world: World) -> None:
    router = world.instance()
    assert router.does(TENANT, "answer")
    assert not router.does(TENANT, "judge")
    with pytest.raises(NoModel, match="no_model_of_task"):
        world.run(router.complete(TENANT, "judge", ASK))
