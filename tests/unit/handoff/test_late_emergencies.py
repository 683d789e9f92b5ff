"""Emergencies at the very end of a request for a human: time alone ends no unanswered one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.handoff.desk import ONE, TWO, parish, request, requests, said_to, take, tick, writes
from tests.world import AWA, World

URGENT = "Au feu !"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path)


async def by_phone(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    await world.receive(world.staff("Bonjour, c'est le secrétariat"))
    await world.pump()


async def at_the_desk(world: World) -> None:
    await take(world)
    await writes(world, ONE, "Bonjour")


async def until_the_silence_ends(world: World) -> None:
    human = (await world.conversation_of(AWA)).staff.human
    assert human is not None
    world.clock.pass_((human.until - world.clock.now()).total_seconds() + 1)


@pytest.mark.parametrize("taken", [by_phone, at_the_desk])
async def test_one_after_a_talk_that_no_tick_has_ended_yet_calls(world: World, taken: object) -> None:
    assert callable(taken)
    await taken(world)
    await until_the_silence_ends(world)
    before = len(said_to(world, TWO))
    await writes(world, AWA, URGENT)
    await tick(world, 1)
    assert [each.state for each in await requests(world)] == ["notified"]
    assert [text for text in said_to(world, TWO)[before:] if URGENT in text]
    assert "secours" in said_to(world, AWA)[-1]
    await writes(world, TWO, "1")
    assert (await request(world)).holder == "two"


async def test_a_request_does_not_expire_while_its_person_calls_for_help(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    broken = 0
    while broken < 3:
        await tick(world, 5)
        broken = (await request(world)).broken
    await writes(world, AWA, URGENT)
    promised = (await request(world)).promised_at
    assert promised is not None
    world.clock.pass_(max(0.0, (promised - world.clock.now() - timedelta(seconds=5)).total_seconds()))
    await writes(world, AWA, "Au feu, vite !")
    world.clock.pass_(10)
    await tick(world)
    late = await request(world)
    assert (late.state, late.broken) == ("notified", 4)
    for _ in range(12):
        await tick(world, 5)
    assert (await request(world)).state == "expired"
