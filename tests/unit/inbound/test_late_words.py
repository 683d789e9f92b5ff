"""Words on the organisation's phone that reach the core when the silence after them is over already."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.channels import Later
from shared.models.events import StaffMessage
from shared.models.message import Outbound
from shared.platform.store import Where
from tests.unit.handoff.desk import ONE, parish, request, said_to, take, tick, writes
from tests.world import AWA, World

MINUTES = 5
SILENCE = MINUTES * 60
LIMITS, EMERGENCIES = {"human_silence_minutes": MINUTES}, {"words": ["au feu"]}
EARLIER, QUESTION = "Où est la salle ?", "Quand est la messe ?"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await World(tmp_path).begin(limits=LIMITS, emergencies=EMERGENCIES)


@pytest.fixture
async def late(world: World) -> StaffMessage:
    """Words from before a silence that has just ended; the core does not know them yet."""
    written = world.staff("Je m'en occupe.")
    world.clock.pass_(SILENCE + 1)
    return written


async def hear(world: World, text: str, minutes: float = 0) -> None:
    """Stores a message, and leaves it unanswered because of a crash; then time passes."""
    world.provider.replies = [RuntimeError("crash")]
    with pytest.raises(RuntimeError):
        await world.receive(world.message(text))
    world.clock.pass_(minutes * 60)


async def test_a_question_asked_after_the_silence_keeps_its_answer(world: World, late: StaffMessage) -> None:
    await world.receive(world.message(QUESTION))
    await world.receive(late)
    await world.pump()
    assert world.texts() == [f"answer to: {QUESTION}"]
    assert await world.outcomes() == ["answered"]
    assert (await world.conversation()).state == "bot"


async def test_a_turn_at_work_on_a_later_question_goes_on(world: World, late: StaffMessage) -> None:
    async def come() -> None:
        await world.receive(late)

    world.provider.meanwhile = [come]
    await world.say(QUESTION)
    assert world.texts() == [f"answer to: {QUESTION}"]
    assert world.provider.asked == [QUESTION]


async def test_the_words_are_recorded_where_they_were_written(world: World) -> None:
    await world.say(EARLIER)
    world.clock.pass_(1)
    late = world.staff("Je m'en occupe.")
    world.clock.pass_(SILENCE)
    await world.say(QUESTION)
    await world.receive(late)
    conversation = await world.conversation()
    answered = ["person", "concierge"]
    assert [line.author for line in conversation.history] == [*answered, "staff", *answered]
    assert conversation.staff.staff_at is not None
    assert conversation.staff.staff_at.at == late.at
    where = [Where("direction", "==", "out"), Where("author", "==", "staff")]
    assert len(await world.store.query(Outbound, where=where, limit=9, tenant="parish")) == 1


async def test_words_older_than_the_late_ones_are_still_ignored(world: World) -> None:
    older = world.staff("#bot")
    world.clock.pass_(1)
    late = world.staff("Je m'en occupe.")
    world.clock.pass_(SILENCE)
    await world.receive(late)
    await world.receive(older)
    assert (await world.conversation()).why == ""


@pytest.mark.parametrize("after", [-60, 0])
async def test_what_waited_during_the_silence_is_left_to_the_human(world: World, after: float) -> None:
    """Also a message that came before the words: the human saw it on the phone."""
    world.clock.pass_(60)
    late = world.staff("Je m'en occupe.")
    world.clock.pass_(after)
    await hear(world, EARLIER)
    world.clock.time = late.received_at + timedelta(seconds=SILENCE)
    await world.receive(late)
    await world.pump()
    assert world.texts() == []
    assert await world.outcomes() == ["left_to_human"]
    conversation = await world.conversation()
    assert (conversation.turn.pending, conversation.turn.lease, conversation.due_at) == ([], None, None)


async def test_a_turn_goes_on_without_what_waited_during_the_silence(world: World) -> None:
    late = world.staff("Je m'en occupe.")
    await hear(world, EARLIER, minutes=MINUTES + 1)

    async def come() -> None:
        await world.receive(late)

    world.provider.meanwhile = [come]
    await world.say(QUESTION)
    assert world.texts() == [f"answer to: {QUESTION}"]
    assert await world.outcomes() == ["left_to_human", "answered"]


async def test_an_answer_to_what_waited_during_the_silence_is_not_sent(world: World) -> None:
    late = world.staff("Je m'en occupe.")
    world.channel.results = [Later("down")] * 3
    await world.say(EARLIER)
    world.clock.pass_(SILENCE + 1)
    await world.say(QUESTION)
    world.channel.sent.clear()
    await world.receive(late)
    await world.pump()
    assert world.texts() == [f"answer to: {QUESTION}"]
    assert await world.outcomes() == ["left_to_human", "answered"]


async def test_an_answer_also_to_a_later_question_is_sent(world: World) -> None:
    late = world.staff("Je m'en occupe.")
    await hear(world, EARLIER, minutes=MINUTES + 1)
    await world.receive(world.message(QUESTION))
    await world.receive(late)
    await world.pump()
    assert world.texts() == [f"answer to: {EARLIER}\n{QUESTION}"]
    assert await world.outcomes() == ["merged", "answered"]


async def test_news_queued_after_the_silence_is_sent_and_staff_are_still_called(tmp_path: Path) -> None:
    world = await parish(tmp_path, limits=LIMITS)
    late = world.staff("Je m'en occupe.")
    world.clock.pass_(SILENCE + 1)
    await world.say("Je voudrais parler à quelqu'un")
    promised = (await request(world)).promised_at
    assert promised is not None
    world.clock.time = promised
    said = said_to(world, AWA)
    world.channel.results = [Later("down")]
    await tick(world)
    await world.receive(late)
    await world.pump()
    assert len(set(said_to(world, AWA))) == len(said) + 1
    assert (await request(world)).state == "notified"


async def test_they_take_nobody_from_a_human_at_the_desk(tmp_path: Path) -> None:
    world = await parish(tmp_path, limits=LIMITS)
    late = world.staff("Je m'en occupe.")
    world.clock.pass_(SILENCE + 1)
    await take(world)
    await world.receive(late)
    await tick(world)
    assert ((await request(world)).state, (await request(world)).holder) == ("taken", "one")
    said = said_to(world, AWA)
    await world.say(QUESTION)
    assert said_to(world, AWA) == said
    assert any(QUESTION in text for text in said_to(world, ONE))
    await writes(world, ONE, "Dimanche.")
    assert "Dimanche." in said_to(world, AWA)


async def test_an_emergency_after_them_calls_anew(world: World, late: StaffMessage) -> None:
    await world.say("au feu")
    await world.receive(late)
    await world.say("toujours au feu")
    steps = [step.step for step in (await request(world)).steps]
    assert steps.count("requested") == 2
