"""Silence after a human stepped in: no part goes out, at whichever stage the answer was."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.channels import Later, SendResult, Unclear
from shared.delivery.outbox import UNKNOWN_FOR
from shared.models.parts import Part
from tests.world import World

QUESTION = "Quand est la messe ?"


async def test_silent_while_a_human_is_there_and_back_afterwards(world: World) -> None:
    await world.receive(world.staff("Bonjour, je m'occupe de vous."))
    await world.say(QUESTION)
    assert world.texts() == []
    assert await world.outcomes() == ["left_to_human"]
    assert (await world.conversation()).state == "human"
    world.clock.pass_(60 * 60)
    await world.say(QUESTION)
    assert len(world.texts()) == 1
    assert (await world.conversation()).state == "bot"


async def test_the_silence_is_settable(tmp_path: object) -> None:
    world = await World(tmp_path).begin(limits={"human_silence_minutes": 5})  # type: ignore[arg-type]
    await world.receive(world.staff("Bonjour"))
    world.clock.pass_(5 * 60)
    await world.say(QUESTION)
    assert len(world.texts()) == 1


async def test_staff_give_the_conversation_back(world: World) -> None:
    await world.receive(world.staff("Bonjour"))
    await world.receive(world.staff("#bot"))
    await world.say(QUESTION)
    assert len(world.texts()) == 1


async def test_a_human_who_steps_in_while_it_is_thinking(world: World) -> None:
    async def step_in() -> None:
        await world.receive(world.staff("Je réponds."))

    world.provider.meanwhile = [step_in]
    await world.say(QUESTION)
    assert world.texts() == []
    assert await world.outcomes() == ["left_to_human"]


async def test_a_human_who_steps_in_between_commit_and_send(world: World) -> None:
    await world.receive(world.message(QUESTION))
    await world.receive(world.staff("Je réponds."))
    await world.pump()
    assert world.texts() == []
    assert [message.status for message in await world.outbound()] == ["cancelled"]
    assert await world.outcomes() == ["left_to_human"]


async def test_a_human_who_steps_in_while_the_gateway_is_down(world: World) -> None:
    world.channel.results = [Later("down")]
    await world.say(QUESTION)
    await world.receive(world.staff("Je réponds."))
    await world.pump()
    assert len(world.channel.sent) == 1  # the part that certainly did not go out
    assert [message.status for message in await world.outbound()] == ["cancelled"]


async def test_a_human_who_steps_in_during_a_send_that_fails(world: World) -> None:
    await world.receive(world.message(QUESTION))
    send = world.channel.send

    async def step_in(to: str, part: Part, *, turn: str) -> SendResult:
        world.channel.send = send  # type: ignore[method-assign]
        await world.receive(world.staff("Je réponds."))
        return Later("down")

    world.channel.send = step_in  # type: ignore[method-assign]
    await world.pump()
    await world.pump()
    assert world.texts() == []
    assert [message.status for message in await world.outbound()] == ["cancelled"]
    assert await world.outcomes() == ["left_to_human"]


async def test_an_unknown_send_is_settled_but_not_repeated_after_a_human(world: World) -> None:
    world.channel.results = [Unclear("lost")]
    await world.say(QUESTION)
    await world.receive(world.staff("Je réponds."))
    world.clock.pass_(UNKNOWN_FOR.total_seconds())
    await world.pump()
    assert len(world.channel.sent) == 1
    assert [message.open for message in await world.outbound()] == [False]


async def test_late_news_of_a_word_does_not_shorten_the_silence(tmp_path: Path) -> None:
    """Two words on the phone: the later one came first to us, and last out of the bus."""
    world = await World(tmp_path).begin(limits={"human_silence_minutes": 10})
    held = world.staff("Et je reviens.")
    first = world.staff("Un instant.")
    held = held.model_copy(update={"at": held.at + timedelta(seconds=30)})
    world.clock.pass_(6 * 60)
    late = first.model_copy(update={"received_at": world.clock.now()})
    await world.receive(late)
    await world.receive(held)
    world.clock.pass_(6 * 60)
    await world.say(QUESTION)
    assert world.texts() == []
    assert await world.outcomes() == ["left_to_human"]


async def test_a_repeated_echo_does_not_prolong_the_silence(world: World) -> None:
    echo = world.staff("Bonjour")
    await world.receive(echo)
    until = (await world.conversation()).staff.human
    world.clock.pass_(60)
    await world.receive(echo)
    assert (await world.conversation()).staff.human == until


async def test_an_older_human_act_does_not_undo_a_later_one(world: World) -> None:
    older = world.staff("#bot")
    world.clock.pass_(10)
    await world.receive(world.staff("Je réponds."))
    await world.receive(older)
    await world.say(QUESTION)
    assert world.texts() == []


async def test_a_takeover_that_comes_late_does_not_undo_the_give_back(world: World) -> None:
    takeover = world.staff("Je réponds.")
    world.clock.pass_(10)
    await world.receive(world.staff("#bot"))
    await world.receive(takeover)
    await world.say(QUESTION)
    assert len(world.texts()) == 1


async def test_a_person_who_never_wrote_can_be_taken_over_first(world: World) -> None:
    await world.receive(world.staff("Bonjour, c'est la paroisse."))
    conversation = await world.conversation()
    assert (conversation.state, conversation.history[0].author) == ("human", "staff")


@pytest.mark.parametrize("text", ["#bot", "#BOT", " #bot ", "#bot\u200b"])
async def test_the_word_is_forgiving(world: World, text: str) -> None:
    await world.receive(world.staff("Bonjour"))
    await world.receive(world.staff(text))
    assert (await world.conversation()).state == "bot"
