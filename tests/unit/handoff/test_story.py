"""One request for a human from end to end: asked, told, notified, taken, relayed, closed, rated, back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.handoff.desk import ONE, TWO, offered, parish, request, said_to, take, tick, writes
from tests.world import AWA, World


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path)


async def test_a_person_who_asks_for_a_human_gets_one(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    assert "10 minutes" in said_to(world, AWA)[-1]
    assert "Awa" in said_to(world, ONE)[-1]
    assert await offered(world, ONE) == ["Je m'en occupe"]
    assert (await request(world)).state == "notified"

    await writes(world, ONE, "1")
    assert (await request(world)).holder == "one"
    assert said_to(world, AWA)[-1].startswith("Aminata Ba")

    await writes(world, AWA, "Mon fils a perdu son livret")
    assert said_to(world, ONE)[-1] == "*#1 Awa*\nMon fils a perdu son livret"
    await writes(world, ONE, "Venez demain matin, je vous en donne un autre.")
    assert said_to(world, AWA)[-1] == "Venez demain matin, je vous en donne un autre."
    await writes(world, AWA, "Merci !")
    await writes(world, ONE, "#close")
    closed = await request(world)
    assert (closed.state, closed.steps[-1].by) == ("closed", "one")
    assert "1" in said_to(world, AWA)[-1]

    await writes(world, AWA, "5")
    assert (await request(world)).rating == 5
    await writes(world, AWA, "Quand est la messe ?")
    assert said_to(world, AWA)[-1] == "answer to: Quand est la messe ?"
    assert [step.step for step in (await request(world)).steps] == [
        "requested", "promised", "notified", "taken", "first_words", "closed", "rated",
    ]  # fmt: skip


async def test_of_two_who_take_at_once_one_wins_and_the_other_is_told_who(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    await tick(world, 4)
    await writes(world, ONE, "1")
    await writes(world, TWO, "1")
    assert "Aminata Ba" in said_to(world, TWO)[-1]
    assert (await request(world)).holder == "one"


async def test_a_person_who_writes_close_is_just_a_person(world: World) -> None:
    await take(world)
    await writes(world, AWA, "#close")
    assert (await request(world)).state == "taken"
    assert said_to(world, ONE)[-1] == "*#1 Awa*\n#close"
