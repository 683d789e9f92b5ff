"""Emergencies: each calls a human once and tells the person once; none is missed; a flood lifts no limit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.channels import Later
from shared.conversation import emergencies
from shared.models.events import MessageEdited
from shared.models.handoff import Handoff
from shared.models.message import Outcome
from shared.models.parts import Media, Text
from shared.models.people import Fact, Identity, Standing
from tests.world import AWA, World

TOLD = "Appelez le 17."
URGENT = "au feu"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    emergencies = {"words": ["viol", URGENT]}
    return await World(tmp_path).begin(emergencies=emergencies, texts={"fr": {"emergency": TOLD}})


async def requests(world: World, reason: str = "emergency") -> list[Handoff]:
    found = await world.store.query(Handoff, limit=100, order="created_at", tenant="parish")
    return [handoff for handoff in found if reason in handoff.reasons]


async def ended(world: World) -> list[tuple[str | None, str]]:
    return [(message.outcome, message.reason) for message in await world.inbound()]


async def test_a_flood_of_emergencies_is_one_request_told_once_within_the_rate(world: World) -> None:
    for number in range(100):
        await world.say(f"viol {number}")
    (request,) = await requests(world)
    assert (request.state, request.count) == ("requested", 100)
    assert request.messages == [f"M{number}" for number in range(81, 101)]
    assert request.summary == "viol 99"
    assert world.texts().count(TOLD) == 1
    assert len(world.texts()) == 2  # and one text that asks the person to write more slowly
    assert await ended(world) == [("handed_off", "emergency")] * 10 + [("suppressed", "rate")] * 90


async def test_further_emergencies_are_answered_by_no_second_text(world: World) -> None:
    await world.say(URGENT)
    world.clock.pass_(120)
    await world.say("vraiment au feu")
    assert world.texts() == [TOLD]
    assert await ended(world) == [("handed_off", "emergency")] * 2
    (request,) = await requests(world)
    assert (request.messages, request.count) == (["M1", "M2"], 2)
    assert request.summary == "vraiment au feu"


async def test_an_ordinary_question_is_answered_while_an_emergency_waits(world: World) -> None:
    await world.say(URGENT)
    await world.say("Quand est la messe ?")
    assert world.texts() == [TOLD, "answer to: Quand est la messe ?"]


async def test_an_emergency_that_nobody_took_calls_again_after_half_an_hour(world: World) -> None:
    await world.say(URGENT)
    world.clock.pass_(29 * 60)
    await world.say(URGENT)
    world.clock.pass_(61)
    await world.say(URGENT)
    assert world.texts() == [TOLD, TOLD]
    (request,) = await requests(world)
    assert request.count == 3
    assert [step.why for step in request.steps if step.step == "requested"] == ["emergency", "emergency"]


@pytest.mark.parametrize("act", ["Bonjour", "#bot"])
async def test_once_staff_were_there_a_new_emergency_calls_again(world: World, act: str) -> None:
    await world.say(URGENT)
    await world.receive(world.staff(act))
    await world.receive(world.staff("#bot"))
    await world.say(URGENT)
    assert world.texts() == [TOLD, TOLD]
    assert [request.messages for request in await requests(world)] == [["M1"], [f"M{4}"]]


async def test_with_a_human_there_a_flood_is_one_request(world: World) -> None:
    await world.receive(world.staff("Bonjour"))
    for _ in range(30):
        await world.say(URGENT)
    assert world.texts() == []
    (request,) = await requests(world)
    assert request.count == 30
    assert set(await ended(world)) == {("left_to_human", "emergency")}


async def test_a_request_from_while_a_human_was_there_is_told_once_they_are_gone(world: World) -> None:
    await world.receive(world.staff("Bonjour"))
    world.clock.pass_(55 * 60)
    await world.say(URGENT)
    world.clock.pass_(6 * 60)
    await world.say(URGENT)
    assert world.texts() == [TOLD]
    (request,) = await requests(world)
    assert request.count == 2


async def test_the_first_emergency_gets_through_where_too_much_waits(world: World) -> None:
    world.provider.replies = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        await world.receive(world.message("Un ?"))
    for number in range(40):
        world.clock.pass_(1 if number < 4 else 0)
        await world.receive(world.message(f"encore {number} ?"))
        conversation = await world.conversation()
        conversation.writer.recent = []
        await world.store.put(conversation)
    assert ("suppressed", "too_many_pending") in await ended(world)
    await world.receive(world.message(URGENT))
    assert len(await requests(world)) == 1
    world.clock.pass_(60)
    await world.parts.sweep.run()
    await world.pump()
    assert TOLD in world.texts()


async def test_several_emergencies_at_once_are_one(world: World) -> None:
    async def more() -> None:
        await world.receive(world.message(URGENT))
        await world.receive(world.message("un viol"))

    world.provider.meanwhile = [more]
    await world.say("Quand est la messe ?")
    assert world.texts() == [TOLD]
    (request,) = await requests(world)
    assert (request.messages, request.count) == (["M2", "M3", "M1"], 3)
    assert request.summary == "un viol"


async def test_an_emergency_in_the_words_of_several_messages_is_one(world: World) -> None:
    async def more() -> None:
        await world.receive(world.message("beaucoup de sang."))

    world.provider.meanwhile = [more]
    await world.say("Elle perd")
    (request,) = await requests(world)
    assert sorted(request.messages) == ["M1", "M2"]
    assert request.summary == "Elle perd beaucoup de sang."
    assert world.texts() == [TOLD]


async def test_a_further_reason_is_added_to_the_open_request(world: World) -> None:
    await world.say("humain")
    await world.say(URGENT)
    await world.say("humain")
    (request,) = await requests(world, "asked")
    assert (request.reason, request.reasons, request.count) == ("emergency", ["asked", "emergency"], 3)


async def test_an_emergency_that_became_a_request_for_a_human_stays_an_emergency(world: World) -> None:
    """Both are about the same message."""

    async def edit() -> None:
        changed = {"kind": "edited", "target": "M1", "parts": [Text(text="humain")]}
        await world.receive(MessageEdited.model_validate(world.message("").model_dump() | changed))

    world.provider.replies = [RuntimeError("killed")]
    with pytest.raises(RuntimeError):
        await world.receive(world.message("Quand est la messe ?"))
    await world.receive(world.message(URGENT, id="M0"))
    await edit()
    world.clock.pass_(60)
    await world.parts.sweep.run()
    await world.pump()
    assert len(await requests(world)) == 1
    assert all(await world.outcomes())


async def test_the_person_is_told_though_the_first_text_was_taken_back(world: World) -> None:

    async def more() -> None:
        await world.receive(world.message(URGENT))

    world.provider.meanwhile = [more]
    world.channel.results = [Later("down")]
    await world.say("Quand est la messe ?")
    world.channel.sent.clear()
    changed = {"kind": "edited", "target": "M1", "parts": [Text(text="Quand est le baptême ?")]}
    await world.receive(MessageEdited.model_validate(world.message("").model_dump() | changed))
    await world.pump()
    assert world.texts() == [TOLD]
    assert len(await requests(world)) == 1


async def test_an_emergency_among_messages_that_break_us_is_still_one(world: World) -> None:
    world.provider.replies = [RuntimeError("bug")] * 10
    event = world.message("Quand est la messe ?")
    for _ in range(3):
        with pytest.raises(RuntimeError):
            await world.receive(event)
        world.clock.pass_(45)
    await world.receive(world.message(URGENT))
    await world.receive(event)
    await world.pump()
    assert world.texts() == [TOLD]


async def test_an_emergency_calls_a_human_before_anything_can_break(world: World) -> None:
    world.channel.files = {"F1": RuntimeError("killed")}
    picture = Media(kind="image", id="F1", caption=URGENT)
    with pytest.raises(RuntimeError):
        await world.receive(world.message("").model_copy(update={"parts": [picture]}))
    assert len(await requests(world)) == 1


async def test_a_blocked_persons_emergency_calls_nobody(world: World) -> None:
    await world.say("Quand est la messe ?")
    identity = await world.store.get(Identity, tenant="parish", identity=f"whatsapp:{AWA}")
    assert identity is not None
    blocked = {"standing": Standing.BLOCKED, "blocked": Fact(holds=True, source="staff")}
    await world.store.put(identity.model_copy(update=blocked))
    await world.say(URGENT)
    assert await requests(world) == []


async def test_a_repeat_of_an_emergency_is_counted_once(world: World) -> None:
    event = world.message(URGENT)
    for _ in range(3):
        await world.receive(event)
        world.clock.pass_(1)
    await world.pump()
    (request,) = await requests(world)
    assert (request.count, world.texts()) == (1, [TOLD])
    assert await world.outcomes() == [Outcome.HANDED_OFF]


async def test_an_ordinary_turn_does_not_read_the_request(world: World) -> None:
    from shared.platform import effects

    await world.say("Quand est la messe ?")
    await world.say(URGENT)
    account = effects.begin()
    await world.say("Quand est la messe ?", at=world.clock.now() + timedelta(seconds=1))
    assert (account.reads, len(account.writes)) == (4, 8), "a model's usage is one write more"


async def test_an_emergency_counted_by_a_call_that_ends_meanwhile_is_told_by_no_second_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.say(URGENT)
    world.clock.pass_(emergencies.WAITS.total_seconds() - 1)
    transaction = world.store.transaction
    passed: list[float] = []

    async def slow(work: Callable[[Any], Awaitable[Any]]) -> Any:
        if not passed and len(await world.inbound()) == 2:
            passed.append(60)
            world.clock.pass_(60)
        return await transaction(work)

    monkeypatch.setattr(world.store, "transaction", slow)
    await world.say("vraiment au feu")
    assert passed
    assert world.texts() == [TOLD]
    (request,) = await requests(world)
    assert [step.why for step in request.steps if step.step == "requested"] == ["emergency"]
