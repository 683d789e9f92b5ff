"""Dead letters: failed events are kept, and the person gets an apology."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from shared.errors import Retry
from shared.models.dead_letter import KEPT, NO_TENANT, DeadLetterState
from shared.models.events import OutboundReady, Wake
from shared.models.message import Outcome
from shared.models.parts import Media
from shared.models.people import Standing
from tests.unit.upkeep.undelivered import QUESTION, break_reply, handoffs, one, undelivered
from tests.world import World


async def test_a_dead_letter_is_kept_where_an_administrator_sees_all_of_it(world: World) -> None:
    event = world.message(QUESTION)
    await world.parts.dead_letters.receive(undelivered(event))
    letter = await one(world)
    assert letter.location().startswith("tenants/parish/dead_letters/reply-inbound.")
    assert (letter.function, letter.topic, letter.kind) == ("reply", "inbound", "message")
    assert (letter.state, letter.attempts, letter.error) == (DeadLetterState.WAITING, 20, "status 500")
    assert letter.conversation == (await world.conversation()).conversation
    assert (letter.message, letter.trace) == ("M1", "a" * 32)
    assert json.loads(letter.payload)["parts"][0]["text"] == QUESTION
    assert letter.expires_at == letter.at + KEPT


async def test_a_question_that_was_never_kept_gets_an_apology_and_a_human(world: World) -> None:
    await world.parts.dead_letters.receive(undelivered(world.message(QUESTION)))
    await world.pump()
    (text,) = world.texts()
    assert "Pardon" in text
    (message,) = await world.inbound()
    assert (message.outcome, message.turn, message.due_at) == (Outcome.DEAD_LETTERED, "re-dead-M1", None)
    (request,) = await handoffs(world)
    assert (request.reason, request.conversation) == ("dead_letter", message.conversation)


async def test_a_question_on_which_every_turn_broke_gets_them_too(world: World) -> None:
    event = world.message(QUESTION)
    await break_reply(world, event)
    before = await world.conversation()
    await world.parts.dead_letters.receive(undelivered(event))
    after = await world.conversation()
    assert (after.turn.pending, after.turn.lease, after.due_at) == ([], None, None)
    assert after.turn.epoch > before.turn.epoch, "who still works on it must not commit"
    await world.pump()
    assert len(world.texts()) == 1
    assert await world.outcomes() == ["dead_lettered"]


async def test_what_else_waits_goes_on(world: World) -> None:
    first, second = world.message(QUESTION), world.message("Et la confession ?")
    await break_reply(world, first)
    await world.receive(second)
    await world.parts.dead_letters.receive(undelivered(first))
    conversation = await world.conversation()
    assert [message.message for message in conversation.turn.pending] == ["M2"]
    assert conversation.due_at is not None
    world.clock.pass_(60)
    await world.parts.sweep.run()
    await world.pump()
    assert await world.outcomes() == ["dead_lettered", "answered"]


async def test_the_same_death_twice_says_nothing_twice(world: World) -> None:
    failure = undelivered(world.message(QUESTION))
    for _ in range(3):
        await world.parts.dead_letters.receive(failure)
        await world.pump()
    assert len(world.texts()) == len(await handoffs(world)) == 1
    assert (await one(world)).deaths == 1


async def test_an_apology_whose_publish_failed_is_published_by_the_repeat(world: World) -> None:
    failure = undelivered(world.message(QUESTION))
    world.bus.broken = True
    with pytest.raises(Retry):
        await world.parts.dead_letters.receive(failure)
    world.bus.broken = False
    await world.parts.dead_letters.receive(failure)
    await world.pump()
    assert len(world.texts()) == 1


async def test_a_message_that_was_answered_owes_nothing(world: World) -> None:
    event = world.message(QUESTION)
    await world.receive(event)
    await world.pump()
    await world.parts.dead_letters.receive(undelivered(event))
    await world.pump()
    assert world.texts() == [f"answer to: {QUESTION}"]
    assert await world.outcomes() == ["answered"]
    assert (await one(world)).conversation


async def in_danger(world: World) -> World:
    return await world.begin(emergencies={"words": ["viol"]}, texts={"fr": {"emergency": "Appelez le 17."}})


@pytest.mark.parametrize("kept", [True, False])
async def test_an_emergency_that_died_calls_a_human_as_one(world: World, kept: bool) -> None:
    await in_danger(world)
    event = world.message("un viol")
    if kept:
        world.channel.files = {"F1": RuntimeError("poison")}
        parts = [Media(kind="image", id="F1", caption="un viol")]
        event = event.model_copy(update={"parts": parts})
        with pytest.raises(RuntimeError):
            await world.parts.reply.handle(event)
    await world.parts.dead_letters.receive(undelivered(event))
    await world.pump()
    assert world.texts() == ["Appelez le 17."]
    assert [(each.reason, each.count) for each in await handoffs(world)].count(("emergency", 1)) == 1
    assert await world.outcomes() == ["dead_lettered"]


async def test_an_emergency_that_died_gets_through_opt_out(world: World) -> None:
    await in_danger(world)
    await world.say("STOP")
    await world.parts.dead_letters.receive(undelivered(world.message("un viol")))
    await world.pump()
    assert world.texts()[-1] == "Appelez le 17."
    assert "emergency" in [each.reason for each in await handoffs(world)]


async def test_an_emergency_that_died_while_a_human_is_there_alerts_them(world: World) -> None:
    await in_danger(world)
    await world.receive(world.staff("Bonjour, ici le secrétariat."))
    for _ in range(2):
        await world.parts.dead_letters.receive(undelivered(world.message("un viol")))
    await world.pump()
    assert world.texts() == []
    assert [(each.reason, each.count) for each in await handoffs(world)] == [("emergency", 2)]
    assert {message.reason for message in await world.inbound()} == {"emergency"}


async def test_a_human_who_is_there_needs_no_apology(world: World) -> None:
    await world.receive(world.staff("Bonjour, ici le secrétariat."))
    await world.parts.dead_letters.receive(undelivered(world.message(QUESTION)))
    await world.pump()
    assert world.texts() == []
    assert await handoffs(world) == []
    assert await world.outcomes() == ["left_to_human"]


async def test_who_wants_nothing_from_us_gets_nothing(world: World) -> None:
    await world.say("STOP")
    said = len(world.texts())
    await world.parts.dead_letters.receive(undelivered(world.message(QUESTION)))
    await world.pump()
    assert len(world.texts()) == said
    assert await world.outcomes() == ["answered", "suppressed"]
    assert (await world.inbound())[-1].reason == Standing.OPTED_OUT


async def test_an_outbound_event_is_only_kept_and_the_sweep_still_sends(world: World) -> None:
    await world.receive(world.message(QUESTION))
    (answer,) = await world.outbound()
    world.bus.waiting.clear()
    ready = OutboundReady(tenant="parish", conversation=answer.conversation, message=answer.message)
    await world.parts.dead_letters.receive(undelivered(ready))
    assert (await one(world)).topic == "outbound"
    assert world.texts() == []
    world.clock.pass_(600)
    await world.parts.sweep.run()
    await world.pump()
    assert world.texts() == [f"answer to: {QUESTION}"]


async def test_the_same_event_that_dies_again_and_again_is_one_letter(world: World) -> None:
    wake = Wake(tenant="parish", conversation="waha.c-1")
    for number in range(3):
        await world.parts.dead_letters.receive(undelivered(wake, bus_message=f"b-{number}"))
    letter = await one(world)
    assert (letter.deaths, letter.attempts) == (3, 60)


@pytest.mark.parametrize("data", [b"", b"{", b'{"kind": "message"}', b"\xff\xfe\x00"])
async def test_what_cannot_be_read_is_kept_as_it_is(world: World, data: bytes) -> None:
    await world.parts.dead_letters.receive(replace(undelivered(world.message("x")), data=data))
    letter = await one(world)
    assert letter.error.startswith("not an event of inbound")
    assert letter.data() == data


@pytest.mark.parametrize("tenant", ["", "../x", "_none", "a/b", "A"])
async def test_what_names_no_tenant_has_a_place_too(world: World, tenant: str) -> None:
    failure = undelivered(Wake(tenant="parish", conversation="waha.c-1"))
    await world.parts.dead_letters.receive(replace(failure, attributes={"tenant": tenant}))
    assert (await one(world)).tenant == NO_TENANT


async def test_another_function_that_fails_on_a_question_owes_no_answer(world: World) -> None:
    failure = replace(undelivered(world.message(QUESTION)), subscription="insights-inbound")
    await world.parts.dead_letters.receive(failure)
    await world.pump()
    assert world.texts() == []
    assert (await one(world)).function == "insights"
