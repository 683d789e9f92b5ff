"""Words without an answer when a human comes or goes: the human gets them once, or the concierge answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.channels import Later, SendResult
from shared.models.parts import Part
from tests.unit.handoff.desk import BINTA, ONE, parish, request, said_to, take, tick, writes
from tests.world import AWA, World

QUESTION = "Quand est la messe ?"
RELAYED = f"*#1 Awa*\n{QUESTION}"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """Awa waits for a human, and the gateway sends nothing to her any more."""
    world = await parish(tmp_path)
    await world.say("Je voudrais parler à quelqu'un")
    refuse(world, AWA)
    return world


def refuse(world: World, number: str, during: list[str] | None = None) -> None:
    """Lets the gateway refuse what goes to this number; `during` the first, staff write these words."""
    send, words = world.channel.send, during or []

    async def refusing(to: str, part: Part, *, turn: str) -> SendResult:
        if to != f"{number[1:]}@c.us":
            return await send(to, part, turn=turn)
        if words:
            await world.receive(world.message(words.pop(), peer=ONE))
        return Later("down")

    world.channel.send = refusing  # type: ignore[method-assign]


async def test_a_question_whose_answer_never_left_reaches_who_takes_the_request(world: World) -> None:
    await writes(world, AWA, QUESTION)
    await writes(world, ONE, "#take")
    assert (await request(world)).holder == "one"
    assert said_to(world, ONE).count(RELAYED) == 1
    assert (await world.outcomes())[-2:].count("left_to_human") == 1
    await writes(world, ONE, "#summary")
    assert QUESTION in said_to(world, ONE)[-1]
    assert "Merci, je l'ai transmis" not in said_to(world, ONE)[-1], "what was never sent is not told as said"


async def test_a_question_whose_answer_is_on_its_way_reaches_them_when_it_fails(world: World) -> None:
    refuse(world, AWA, ["#take"])
    await writes(world, AWA, QUESTION)
    await world.pump()
    assert (await request(world)).holder == "one"
    for minutes in (1, 1, 1):
        await tick(world, minutes)
    assert said_to(world, ONE).count(RELAYED) == 1


async def test_an_answer_that_was_sent_is_not_the_staff_s_to_give_again(tmp_path: Path) -> None:
    world = await parish(tmp_path)
    await world.say("Je voudrais parler à quelqu'un")
    await writes(world, AWA, QUESTION)
    await writes(world, ONE, "#take")
    await tick(world, 3)
    assert RELAYED not in said_to(world, ONE)


async def test_words_of_others_stay_theirs(world: World) -> None:
    await writes(world, AWA, QUESTION)
    await take(world, name=BINTA)
    await tick(world, 1)
    assert not [text for text in said_to(world, ONE) if text.endswith(f"*\n{QUESTION}")]


async def test_a_question_after_a_talk_that_no_tick_has_ended_yet_is_answered(tmp_path: Path) -> None:
    """The concierge had asked what it is about, and they told the human on the phone."""
    world = await parish(tmp_path)
    await world.say("Je voudrais parler à quelqu'un")
    await world.receive(world.staff("Bonjour, c'est le secrétariat"))
    await world.pump()
    human = (await world.conversation_of(AWA)).staff.human
    assert human is not None
    world.clock.pass_((human.until - world.clock.now()).total_seconds() + 1)
    await writes(world, AWA, QUESTION)
    await tick(world, 1)
    assert (await request(world)).state == "closed"
    assert not [text for text in said_to(world, ONE) if QUESTION in text]
    assert f"answer to: {QUESTION}" in said_to(world, AWA)
