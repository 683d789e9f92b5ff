"""One accepted message has one turn and one answer: repeated, late, concurrent or interrupted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.errors import Retry
from shared.inbound.intake import LEASE, TAKEOVER
from shared.models.events import MessageDeleted, MessageEdited, Wake
from shared.models.message import Outbound
from shared.models.parts import Text
from tests.fakes.model import Reply
from tests.world import World

QUESTION = "Quand est la messe ?"


def quotes(message: Outbound) -> list[str]:
    """Returns the message that each of its texts quotes."""
    return [sent.part.reply_to for sent in message.parts if isinstance(sent.part, Text)]


async def test_a_question_is_answered(world: World) -> None:
    await world.say(QUESTION)
    assert world.channel.sent == [("221770000001@c.us", f"answer to: {QUESTION}")]
    assert await world.outcomes() == ["answered"]
    conversation = await world.conversation()
    assert (conversation.turn.lease, conversation.turn.pending, conversation.due_at) == (None, [], None)
    assert world.channel.seen == ["M1"]


async def test_a_repeat_is_answered_once(world: World) -> None:
    event = world.message(QUESTION)
    for _ in range(3):
        await world.receive(event)
        await world.pump()
    assert len(world.channel.sent) == len(world.provider.asked) == 1


async def test_deliveries_at_the_same_time_make_one_turn(world: World) -> None:
    event = world.message(QUESTION)
    results = await asyncio.gather(*(world.receive(event) for _ in range(8)), return_exceptions=True)
    await world.pump()
    assert all(result is None or isinstance(result, Retry) for result in results)
    assert len(world.channel.sent) == 1
    assert await world.outcomes() == ["answered"]


async def test_a_burst_is_one_question(world: World) -> None:
    async def more() -> None:
        await world.receive(world.message("je voudrais inscrire mon fils"))
        await world.receive(world.message("il a 8 ans."))

    first = world.message("Bonjour")
    original = world.clock.sleep

    async def sleep(seconds: float) -> None:
        if not world.clock.slept:
            await more()
        await original(seconds)

    world.clock.sleep = sleep  # type: ignore[method-assign]
    await world.receive(first)
    await world.pump()
    assert world.provider.asked == ["Bonjour\nje voudrais inscrire mon fils\nil a 8 ans."]
    assert await world.outcomes() == ["merged", "merged", "answered"]
    turns = {message.turn for message in await world.inbound()}
    assert turns == {"re-M1"}


async def test_a_lone_finished_sentence_waits_for_nothing(world: World) -> None:
    await world.receive(world.message(QUESTION))
    assert 1.2 not in world.clock.slept


async def test_what_comes_while_it_is_thinking_is_part_of_the_answer(world: World) -> None:
    async def more() -> None:
        await world.receive(world.message("Et la confession ?"))

    world.provider.meanwhile = [more]
    await world.say(QUESTION)
    assert world.provider.asked == [QUESTION, f"{QUESTION}\nEt la confession ?"]
    assert world.texts() == [f"answer to: {QUESTION}\nEt la confession ?"]
    assert await world.outcomes() == ["merged", "answered"]


async def test_somebody_who_never_stops_writing_is_answered_all_the_same(world: World) -> None:
    async def more() -> None:
        await world.receive(world.message("encore."))

    world.provider.meanwhile = [more] * 4
    await world.say(QUESTION)
    assert await world.outcomes() == ["merged", "merged", "answered", "merged", "answered"]
    assert len(world.channel.sent) == 2
    first, last = await world.outbound()
    assert quotes(first) == ["M3"]  # M4 was pending already: the quote says which message is answered
    assert quotes(last) == [""]


async def test_an_ordinary_answer_quotes_nothing(world: World) -> None:
    await world.say(QUESTION)
    assert [quotes(message) for message in await world.outbound()] == [[""]]


async def test_only_the_first_of_an_answers_texts_quotes(world: World) -> None:
    async def more() -> None:
        await world.receive(world.message("encore."))

    world.provider.meanwhile = [more] * 3
    world.provider.replies = [Reply("long. " * 800, True)] * 3
    await world.say(QUESTION)
    first, *_ = await world.outbound()
    assert quotes(first) == ["M3", ""]


async def test_an_earlier_message_that_comes_late_is_not_answered_after_a_later_one(world: World) -> None:
    """Seen in world 41000059 of the simulation: it came while the last attempt at an answer was under way."""
    written = world.clock.now()
    world.clock.pass_(10)

    async def later() -> None:
        await world.receive(world.message("Et la confession ?"))

    async def earlier() -> None:
        await world.receive(world.message("Et le baptême ?", at=written))

    world.provider.meanwhile = [later, later, earlier]
    event = world.message(QUESTION)
    with pytest.raises(Retry, match="messages_keep_changing"):
        await world.receive(event)
    world.clock.pass_(TAKEOVER.total_seconds())
    await world.receive(event)
    await world.pump()
    assert world.texts() == [
        f"answer to: Et le baptême ?\n{QUESTION}\nEt la confession ?\nEt la confession ?"
    ]


async def test_an_edit_before_the_answer_changes_the_answer(world: World) -> None:
    async def edit() -> None:
        changed = world.message("x").model_dump() | {"kind": "edited", "target": "M1"}
        changed["parts"] = [Text(text="Quand est le baptême ?")]
        await world.receive(MessageEdited.model_validate(changed))

    world.provider.meanwhile = [edit]
    await world.say(QUESTION)
    assert world.texts() == ["answer to: Quand est le baptême ?"]


async def test_a_message_deleted_before_the_answer_is_not_answered(world: World) -> None:
    async def delete() -> None:
        await world.receive(
            MessageDeleted.model_validate(
                world.message("x").model_dump() | {"kind": "deleted", "target": "M1"}
            )
        )

    world.provider.meanwhile = [delete]
    await world.say(QUESTION)
    assert world.texts() == []
    assert await world.outcomes() == ["suppressed"]
    assert (await world.conversation()).turn.lease is None


async def test_a_crash_before_the_commit_is_finished_by_the_redelivery(world: World) -> None:
    event = world.message(QUESTION)
    world.provider.replies = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        await world.receive(event)
    with pytest.raises(Retry):  # its first delivery may still be running
        await world.receive(event)
    world.clock.pass_(TAKEOVER.total_seconds())
    await world.receive(event)
    await world.pump()
    assert len(world.channel.sent) == 1
    assert await world.outcomes() == ["answered"]


async def test_a_crash_between_commit_and_publish_is_finished_by_the_redelivery(world: World) -> None:
    event = world.message(QUESTION)
    world.bus.broken = True
    with pytest.raises(Retry):
        await world.receive(event)
    assert await world.outcomes() == ["answered"]
    world.bus.broken = False
    await world.receive(event)
    await world.pump()
    assert len(world.channel.sent) == len(world.provider.asked) == 1


async def test_another_owner_finishes_what_a_dead_one_left(world: World) -> None:
    world.provider.replies = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        await world.receive(world.message("Première question."))
    world.clock.pass_(LEASE.total_seconds())
    await world.say("Deuxième question.")
    assert world.texts() == ["answer to: Première question.\nDeuxième question."]
    assert await world.outcomes() == ["merged", "answered"]


async def test_the_sweep_wakes_what_nobody_brings_back(world: World) -> None:
    world.provider.replies = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        await world.receive(world.message(QUESTION))
    assert (await world.parts.sweep.run()).woken == 0
    world.clock.pass_(LEASE.total_seconds())
    assert (await world.parts.sweep.run()).woken == 1
    await world.pump()
    assert await world.outcomes() == ["answered"]
    assert (await world.parts.sweep.run()).woken == 0


async def test_a_late_owner_cannot_commit(world: World) -> None:
    """The lease only saves work: the epoch decides."""

    async def overtake() -> None:
        world.clock.pass_(LEASE.total_seconds())
        conversation = (await world.conversation()).conversation
        await world.receive(Wake(tenant="parish", conversation=conversation))

    world.provider.meanwhile = [overtake]
    await world.say(QUESTION)
    assert len(world.provider.asked) == 2
    assert len(world.channel.sent) == 1


async def test_a_message_that_keeps_breaking_us_becomes_an_apology_and_a_handoff(world: World) -> None:
    event = world.message(QUESTION)
    world.provider.replies = [RuntimeError("bug")] * 10
    for _ in range(3):
        with pytest.raises(RuntimeError):
            await world.receive(event)
        world.clock.pass_(LEASE.total_seconds())
    await world.receive(event)
    await world.pump()
    assert await world.outcomes() == ["handed_off"]
    assert world.texts()[0].startswith("Pardon")
    assert (await world.conversation()).state == "waiting"


async def test_answers_come_in_the_order_of_the_questions(world: World) -> None:
    for text in ("Un ?", "Deux ?", "Trois ?"):
        await world.receive(world.message(text))
    world.bus.waiting.reverse()
    await world.pump()
    assert world.texts() == ["answer to: Un ?", "answer to: Deux ?", "answer to: Trois ?"]


@pytest.mark.parametrize(("provider", "writes"), [("offline", 7), ("model", 8)])
async def test_a_turn_costs_four_reads_and_seven_writes(tmp_path: Path, provider: str, writes: int) -> None:
    """And one write more with a model: that of its usage."""
    from shared.platform import effects

    world = await World(tmp_path).begin(answers={"provider": provider})
    await world.say(QUESTION)
    account = effects.begin()
    await world.receive(world.message(QUESTION))
    await world.pump()
    assert (account.reads, len(account.writes)) == (4, writes)
    assert len(world.channel.sent) == 2


async def test_one_person_who_writes_to_two_channels_is_not_mixed_up(world: World) -> None:
    await world.say("Un ?")
    await world.say("Deux ?", peer="+221770000002")
    assert [to for to, _ in world.channel.sent] == ["221770000001@c.us", "221770000002@c.us"]


async def test_overdue_messages_are_counted(world: World) -> None:
    world.provider.replies = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        await world.receive(world.message(QUESTION))
    world.clock.pass_(16 * 60)
    assert (await world.parts.sweep.run()).overdue == 1
    await world.pump()
    assert (await world.parts.sweep.run()).overdue == 0
