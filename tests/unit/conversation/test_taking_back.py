"""An edit or a deletion changes an answer that has not begun to go out, and no other."""

from __future__ import annotations

import pytest

from shared.channels import Later, Unclear
from shared.errors import Retry
from shared.models.events import MessageDeleted, MessageEdited
from shared.models.parts import Text
from tests.world import World

QUESTION, BETTER = "Quand est la messe ?", "Quand est le baptême ?"


async def leave_answer_queued(world: World) -> None:
    """Leaves an answer queued: the gateway is down."""
    world.channel.results = [Later("down")]
    await world.say(QUESTION)
    world.channel.sent.clear()


async def edit(world: World, target: str, text: str = BETTER) -> None:
    changed = {"kind": "edited", "target": target, "parts": [Text(text=text)]}
    await world.receive(MessageEdited.model_validate(world.message("").model_dump() | changed))


async def delete(world: World, target: str) -> None:
    changed = world.message("").model_dump(exclude={"parts"}) | {"kind": "deleted", "target": target}
    await world.receive(MessageDeleted.model_validate(changed))


async def test_an_edit_corrects_the_answer_that_has_not_gone_out(world: World) -> None:
    await leave_answer_queued(world)
    await edit(world, "M1")
    await world.pump()
    assert world.texts() == [f"answer to: {BETTER}"]
    assert await world.outcomes() == ["answered"]
    assert [(message.message, message.status) for message in await world.outbound()] == [("re-M1", "sent")]
    conversation = await world.conversation()
    assert (conversation.turn.pending, conversation.turn.lease, conversation.due_at) == ([], None, None)
    assert [line.text for line in conversation.history] == [BETTER, f"answer to: {BETTER}"]


async def test_a_deleted_question_is_not_answered_any_more(world: World) -> None:
    await leave_answer_queued(world)
    await delete(world, "M1")
    await world.pump()
    assert world.texts() == []
    assert await world.outcomes() == ["suppressed"]
    assert await world.outbound() == []


async def test_the_rest_of_a_burst_is_answered_without_what_was_deleted(world: World) -> None:
    async def more() -> None:
        await world.receive(world.message("Et la confession ?"))

    world.provider.meanwhile = [more]
    await leave_answer_queued(world)
    await delete(world, "M1")
    await world.pump()
    assert world.texts() == ["answer to: Et la confession ?"]
    assert await world.outcomes() == ["suppressed", "answered"]


async def test_what_may_have_left_stays_said(world: World) -> None:
    world.channel.results = [Unclear("unanswered")]
    world.channel.has = Retry("cannot tell")
    await world.say(QUESTION)
    await edit(world, "M1")
    assert world.provider.asked == [QUESTION]
    assert [message.status for message in await world.outbound()] == ["unknown"]


async def test_what_was_sent_stays_sent(world: World) -> None:
    await world.say(QUESTION)
    await edit(world, "M1")
    await world.pump()
    assert world.texts() == [f"answer to: {QUESTION}"]


async def test_an_answer_before_others_stays_where_it_is(world: World) -> None:
    """A corrected answer would come after the others."""
    world.channel.results = [Later("down")] * 3
    await world.say(QUESTION)
    await world.say("Et la confession ?")
    await edit(world, "M1")
    world.channel.sent.clear()
    await world.pump()
    assert world.texts() == [f"answer to: {QUESTION}", "answer to: Et la confession ?"]


async def test_a_crash_after_the_answer_was_taken_back_is_finished_by_the_redelivery(world: World) -> None:
    await leave_answer_queued(world)
    world.provider.replies = [RuntimeError("crash")]
    with pytest.raises(RuntimeError):
        await edit(world, "M1")
    assert await world.outcomes() == [None]
    world.clock.pass_(60)
    await edit(world, "M1")
    await world.pump()
    assert world.texts() == [f"answer to: {BETTER}"]


async def test_where_a_human_has_come_nothing_is_taken_up_again(world: World) -> None:
    await leave_answer_queued(world)
    await world.receive(world.staff("Je réponds."))
    await edit(world, "M1")
    await world.pump()
    assert world.texts() == []
    assert await world.outcomes() == ["left_to_human"]
