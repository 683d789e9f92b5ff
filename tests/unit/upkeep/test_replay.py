"""Replay of dead letters: each event is handled once, after its apology."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.conversation.conversation import PENDING_LIMIT
from shared.errors import Retry
from shared.models.dead_letter import DeadLetter, DeadLetterState
from shared.models.events import Wake
from shared.models.message import Outcome
from tests.unit.upkeep.undelivered import QUESTION, break_reply, handoffs, letters, one, undelivered
from tests.world import HandBus, World

# --- replay


async def apologised_question(world: World) -> DeadLetter:
    """Returns the dead letter of a question for which an apology went out."""
    event = world.message(QUESTION)
    await break_reply(world, event)
    await world.parts.dead_letters.receive(undelivered(event))
    await world.pump()
    return await one(world)


async def test_a_replayed_question_is_answered_after_its_apology(world: World) -> None:
    letter = await apologised_question(world)
    assert await world.parts.replay.replay(letter) == "replayed"
    await world.pump()
    assert world.texts()[1:] == [f"answer to: {QUESTION}"]
    (message,) = await world.inbound()
    assert (message.outcome, message.turn) == (Outcome.ANSWERED, "re-M1")
    conversation = await world.conversation()
    assert (conversation.turn.pending, conversation.turn.lease, conversation.due_at) == ([], None, None)
    assert (await one(world)).state == DeadLetterState.REPLAYED


async def test_a_second_replay_has_no_second_effect(world: World) -> None:
    letter = await apologised_question(world)
    await world.parts.replay.replay(letter)
    assert await world.parts.replay.replay(letter) == "not waiting any more"
    await world.pump()
    assert len(world.texts()) == 2


async def test_a_replay_that_dies_before_it_publishes_is_finished_by_the_sweep(world: World) -> None:
    letter = await apologised_question(world)
    world.bus.broken = True
    with pytest.raises(Retry):
        await world.parts.replay.replay(letter)
    world.bus.broken = False
    assert (await one(world)).state == DeadLetterState.WAITING
    await world.parts.sweep.run()
    await world.pump()
    assert await world.outcomes() == ["answered"]
    await world.parts.replay.replay(letter)
    await world.pump()
    assert len(world.texts()) == 2


async def test_a_replay_that_is_cut_off_after_it_published_answers_once(world: World) -> None:
    letter = await apologised_question(world)
    publish = world.bus.publish

    async def publish_and_die(*args: object, **more: object) -> str:
        await publish(*args, **more)  # type: ignore[arg-type]
        raise Retry("killed")

    world.bus.publish = publish_and_die  # type: ignore[method-assign]
    with pytest.raises(Retry):
        await world.parts.replay.replay(letter)
    world.bus.publish = publish  # type: ignore[method-assign]
    await world.parts.replay.replay(letter)
    await world.pump()
    assert len(world.texts()) == 2


async def test_a_replay_that_dies_again_apologises_no_second_time(world: World) -> None:
    letter = await apologised_question(world)
    await world.parts.replay.replay(letter)
    world.bus.waiting.clear()
    again = undelivered(world.message(QUESTION, id="M1"), bus_message="b-2")
    await world.parts.dead_letters.receive(replace(again, data=letter.data()))
    await world.pump()
    assert len(world.texts()) == len(await handoffs(world)) == 1
    assert await world.outcomes() == ["dead_lettered"]
    letter = await one(world)
    assert (letter.state, letter.deaths) == (DeadLetterState.WAITING, 2)


async def test_a_human_who_came_meanwhile_keeps_the_word(world: World) -> None:
    letter = await apologised_question(world)
    await world.receive(world.staff("Bonjour, ici le secrétariat."))
    assert "human" in await world.parts.replay.replay(letter)
    await world.pump()
    assert len(world.texts()) == 1
    assert await world.outcomes() == ["left_to_human"]
    assert (await one(world)).state == DeadLetterState.REPLAYED


async def test_a_conversation_that_is_full_is_not_made_fuller(world: World) -> None:
    letter = await apologised_question(world)
    conversation = await world.conversation()
    conversation.turn.pending = [*await world.inbound() * PENDING_LIMIT]
    await world.store.put(conversation)
    assert "too many" in await world.parts.replay.replay(letter)
    assert (await one(world)).state == DeadLetterState.WAITING
    assert world.bus.waiting == []


async def test_a_replay_publishes_the_event_as_it_was(world: World) -> None:
    failure = replace(undelivered(Wake(tenant="parish", conversation="waha.c-1")), key="k")
    await world.parts.dead_letters.receive(failure)
    seen: list[tuple[object, ...]] = []

    class Listening(HandBus):
        async def publish(self, topic: str, data: bytes, *, attributes: object, key: str = "") -> str:
            seen.append((topic, data, attributes, key))
            return "1"

    world.parts.replay._bus = Listening()
    await world.parts.replay.replay(await one(world))
    assert seen == [("inbound", failure.data, failure.attributes, "k")]


async def test_what_is_dropped_stays_dropped(world: World) -> None:
    wake = Wake(tenant="parish", conversation="waha.c-1")
    await world.parts.dead_letters.receive(undelivered(wake))
    letter = await one(world)
    assert await world.parts.replay.drop(letter)
    assert not await world.parts.replay.drop(letter)
    assert await world.parts.replay.replay(letter) == "not waiting any more"
    await world.parts.dead_letters.receive(undelivered(wake, bus_message="b-2"))
    assert (await one(world)).state == DeadLetterState.DROPPED


async def test_the_waiting_are_listed_oldest_first_over_all_pages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.upkeep.replay._PAGE", 4)
    for number in range(10):
        await world.parts.dead_letters.receive(
            undelivered(Wake(tenant="parish", conversation=f"waha.c-{number}"))
        )
        world.clock.time += timedelta(seconds=number % 2)
    await world.parts.replay.drop((await letters(world))[0])
    listed = [letter async for letter in world.parts.replay.waiting()]
    assert len(listed) == 9
    assert [letter.at for letter in listed] == sorted(letter.at for letter in listed)
    assert [letter async for letter in world.parts.replay.waiting("nobody")] == []
