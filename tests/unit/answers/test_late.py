"""Messages that arrive long after they were written, and repeats of messages that retention has deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from shared.conversation.conversation import Conversation
from shared.conversation.groups import Session
from shared.conversation.messages import SEEN_KEPT, joined, remember
from shared.errors import Drop
from shared.models.events import MessageReceived
from shared.models.handoff import Handoff
from tests.world import START, World

QUESTION = "Quand est la messe ?"
LATE = "parvenu que maintenant"


def days_ago(world: World, days: float) -> datetime:
    return world.clock.now() - timedelta(days=days)


def old(world: World, text: str, days: float = 21) -> MessageReceived:
    return world.message(text, at=days_ago(world, days))


async def handoffs(world: World) -> list[str]:
    return [each.reason for each in await world.store.query(Handoff, limit=99, tenant="parish")]


async def test_what_is_three_weeks_old_is_not_answered_as_if_it_were_new(world: World) -> None:
    await world.say(QUESTION, at=days_ago(world, 21))
    assert world.provider.asked == []
    assert [LATE in text for text in world.texts()] == [True]
    assert await world.outcomes() == ["handed_off"]
    assert await handoffs(world) == ["late"]


@pytest.mark.parametrize(("hours", "late"), [(11.9, False), (12.1, True)])
async def test_the_limit(world: World, hours: float, *, late: bool) -> None:
    await world.say(QUESTION, at=days_ago(world, hours / 24))
    assert (LATE in world.texts()[0]) == late


async def test_the_limit_is_settable(tmp_path: Path) -> None:
    world = await World(tmp_path).begin(limits={"late_after_hours": 48})
    await world.say(QUESTION, at=days_ago(world, 1.5))
    assert world.texts() == [f"answer to: {QUESTION}"]


async def test_a_message_that_we_kept_waiting_ourselves_is_late_too(world: World) -> None:
    event = world.message(QUESTION)
    world.clock.pass_(13 * 3600)
    await world.receive(event)
    await world.pump()
    assert LATE in world.texts()[0]


async def test_several_late_ones_in_a_row_are_one_turn_with_one_notice(world: World) -> None:
    events = [old(world, f"Question {number} ?") for number in range(4)]

    async def more() -> None:
        for event in events[1:]:
            await world.receive(event)

    sleep = world.clock.sleep

    async def meanwhile(seconds: float) -> None:
        world.clock.sleep = sleep  # type: ignore[method-assign]
        await more()
        await sleep(seconds)

    world.clock.sleep = meanwhile  # type: ignore[method-assign]
    await world.receive(events[0])
    await world.pump()
    assert [LATE in text for text in world.texts()] == [True]
    assert sorted(map(str, await world.outcomes())) == ["handed_off", "merged", "merged", "merged"]
    assert await handoffs(world) == ["late"]


async def test_fresh_ones_beside_late_ones_are_answered(world: World) -> None:
    late, fresh = old(world, "En retard ?"), world.message(QUESTION)

    async def meanwhile() -> None:
        await world.receive(late)

    world.provider.meanwhile = [meanwhile]
    await world.receive(fresh)
    await world.pump()
    assert LATE in world.texts()[0]
    assert world.texts()[1:] == [f"answer to: {QUESTION}"]
    assert sorted(map(str, await world.outcomes())) == ["answered", "handed_off"]


async def test_an_old_emergency_is_an_emergency(tmp_path: Path) -> None:
    world = await World(tmp_path).begin(emergencies={"words": ["au feu"]})
    await world.say("Au feu !", at=days_ago(world, 1))
    assert await handoffs(world) == ["emergency"]


async def test_an_old_emergency_in_two_messages_is_one(tmp_path: Path) -> None:
    world = await World(tmp_path).begin(emergencies={"words": ["au feu"]})
    second = old(world, "feu")

    async def more(seconds: float) -> None:
        world.clock.sleep = sleep  # type: ignore[method-assign]
        await world.receive(second)
        await sleep(seconds)

    sleep = world.clock.sleep
    world.clock.sleep = more  # type: ignore[method-assign]
    await world.receive(old(world, "au", days=22))
    await world.pump()
    assert await handoffs(world) == ["emergency"]


async def test_an_old_stop_among_late_ones_is_a_stop(world: World) -> None:
    events = [old(world, "Un ?", 3), old(world, "STOP", 2), old(world, "Deux ?", 1), world.message(QUESTION)]

    async def more(seconds: float) -> None:
        world.clock.sleep = sleep  # type: ignore[method-assign]
        for event in events[1:]:
            await world.receive(event)
        await sleep(seconds)

    sleep = world.clock.sleep
    world.clock.sleep = more  # type: ignore[method-assign]
    await world.receive(events[0])
    await world.pump()
    assert ["recevrez plus" in text for text in world.texts()] == [False, True, False, False]
    await world.say(QUESTION)
    assert (await world.outcomes())[-1] == "suppressed"


async def test_an_old_stop_is_a_stop(world: World) -> None:
    await world.say("STOP", at=days_ago(world, 1))
    await world.say(QUESTION)
    assert await world.outcomes() == ["answered", "suppressed"]


async def test_late_ones_are_left_to_a_human_who_is_there(world: World) -> None:
    await world.receive(world.staff("Je m'en occupe."))
    await world.say(QUESTION, at=days_ago(world, 1))
    assert world.texts() == []
    assert await world.outcomes() == ["left_to_human"]


async def test_a_late_one_does_not_change_where_answers_go(world: World) -> None:
    await world.say(QUESTION)
    event = old(world, "En retard ?")
    event.peer.chat = "elsewhere@c.us"
    await world.receive(event)
    await world.pump()
    assert {to for to, _ in world.channel.sent} == {"221770000001@c.us"}


async def test_what_a_gateway_has_kept_is_not_too_fast(world: World) -> None:
    for number in range(15):
        await world.say(f"Question {number} ?", at=days_ago(world, 2))
    await world.say(QUESTION)
    assert set(await world.outcomes()) == {"handed_off", "answered"}


# Repeats


async def forget(world: World) -> None:
    """Deletes the messages, as retention does."""
    for message in await world.inbound():
        keys = {"conversation": message.conversation, "message": message.message}
        await world.store.delete(type(message), tenant="parish", **keys)


async def test_a_repeat_of_a_message_whose_document_is_gone_is_dropped_by_name(world: World) -> None:
    event = world.message(QUESTION)
    await world.receive(event)
    await world.pump()
    await forget(world)
    with pytest.raises(Drop, match="repeat_of_a_forgotten_message"):
        await world.parts.reply.handle(event)
    assert len(world.texts()) == 1
    assert await world.inbound() == []


async def test_so_is_one_from_before_a_merge(world: World) -> None:
    events = []
    for identities in (["whatsapp:lid-1000"], ["whatsapp:+221770000001"]):
        event = world.message(QUESTION)
        events.append(
            event.model_copy(update={"peer": event.peer.model_copy(update={"identities": identities})})
        )
    both = world.message(QUESTION)
    both.peer.identities = ["whatsapp:+221770000001", "whatsapp:lid-1000"]
    for event in [*events, both]:
        await world.receive(event)
    await world.pump()
    await forget(world)
    for event in events:
        with pytest.raises(Drop, match="repeat_of_a_forgotten_message"):
            await world.parts.reply.handle(event)


def test_the_last_five_hundred_are_remembered_in_six_kilobytes() -> None:
    conversation = Conversation(
        tenant="parish",
        conversation="waha.c-1",
        channel="waha",
        contact="c-1",
        chat="c",
        updated_at=START,
        session=Session(id="s", started_at=START, last_at=START),
    )
    for number in range(3 * SEEN_KEPT):
        remember(conversation, f"M{number}")
        remember(conversation, f"M{number}")
    assert len(conversation.archive.seen.split()) == SEEN_KEPT
    assert {len(digest) for digest in conversation.archive.seen.split()} == {10}
    assert len(conversation.archive.seen) < 6_000


def test_of_two_conversations_the_newest_of_both_are_remembered() -> None:
    one, other = ([f"{letter}{number:09}" for number in range(400)] for letter in "ab")
    seen = joined(" ".join(one), " ".join(other)).split()
    assert len(seen) == SEEN_KEPT
    assert set(seen) == {*one[-250:], *other[-250:]}
    assert seen[-2:] == [other[-1], one[-1]]
    assert joined("", " ".join(one)).split() == one
