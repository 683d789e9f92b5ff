"""Other ways to take a request: the organisation's phone, the console, mail, and buttons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.errors import Drop
from shared.models.events import StaffAnswered
from shared.models.parts import Pressed
from tests.unit.handoff.desk import BINTA, ONE, TWO, parish, request, requests, said_to, take, tick, writes
from tests.world import AWA, World


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path)


async def test_words_on_the_organisations_phone_take_the_request(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    await world.receive(world.staff("Bonjour, c'est le secrétariat"))
    await world.pump()
    found = await request(world)
    assert (found.state, found.holder) == ("taken", "phone")
    await writes(world, ONE, "1")
    assert (await request(world)).holder == "phone"
    await world.receive(world.staff("#bot"))
    await world.pump()
    assert (await request(world)).state == "closed"


async def test_a_line_in_the_console_gives_the_request_to_a_member_of_staff(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    await world.store.put((await request(world)).model_copy(update={"taken_by": "two"}))
    await tick(world, 1)
    found = await request(world)
    assert (found.state, found.holder, found.refused) == ("taken", "two", "")
    await writes(world, AWA, "Bonjour")
    assert "Bonjour" in said_to(world, TWO)[-1]


async def test_a_line_in_the_console_that_is_wrong_is_refused_beside_it(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    await world.store.put((await request(world)).model_copy(update={"taken_by": "Moussa"}))
    await tick(world, 1)
    found = await request(world)
    assert (found.state, found.taken_by) == ("notified", "")
    assert found.refused == "taken_by: 'Moussa' is not a member of staff (expected one of one, two, chief)"


async def test_a_request_closed_in_the_console_goes_back_to_the_concierge(world: World) -> None:
    await take(world)
    await world.store.put((await request(world)).model_copy(update={"state": "closed"}))
    await tick(world, 3)
    assert not (await world.conversation_of(AWA)).human_present(world.clock.now())
    await writes(world, AWA, "Quand est la messe ?")
    assert said_to(world, AWA)[-1] == "answer to: Quand est la messe ?"


@pytest.mark.parametrize("holder", [ONE, "the organisation's phone"])
async def test_words_before_that_tick_are_answered_by_the_concierge(world: World, holder: str) -> None:
    """Its former holder reads them no more."""
    if holder == ONE:
        await take(world)
    else:
        await world.say("Je voudrais parler à quelqu'un")
        await world.receive(world.staff("Bonjour, c'est le secrétariat"))
        await world.pump()
    await world.store.put((await request(world)).model_copy(update={"state": "closed"}))
    before = len(said_to(world, ONE))
    await writes(world, AWA, "Quand est la messe ?")
    assert said_to(world, AWA)[-1] == "answer to: Quand est la messe ?"
    assert len(said_to(world, ONE)) == before
    await tick(world, 3)
    assert not (await world.conversation_of(AWA)).human_present(world.clock.now())


async def test_a_subject_after_that_is_a_request_of_its_own(world: World) -> None:
    """It is told to be passed on."""
    await world.say("Je voudrais parler à quelqu'un")
    await world.store.put((await request(world)).model_copy(update={"state": "closed"}))
    await writes(world, AWA, "C'est pour le baptême")
    assert said_to(world, AWA)[-1].startswith("Merci")
    assert "C'est pour le baptême" in said_to(world, ONE)[-1]
    assert [each.state for each in await requests(world)] == ["closed", "notified"]


def answered(world: World, act: str, **more: Any) -> StaffAnswered:
    facts = {"tenant": "parish", "notifier": "mail", "id": "mail-1", "act": act, "at": world.clock.now()}
    return StaffAnswered.model_validate(facts | {"who": "Chief@parish.example"} | more)


async def mailed(world: World, event: StaffAnswered) -> None:
    await world.parts.handoff.handle(event)
    await world.pump()


@pytest.fixture
async def by_mail(tmp_path: Path) -> World:
    """A request of which the chief was told by mail."""
    world = await parish(tmp_path)
    await world.say("Je voudrais parler à quelqu'un")
    for _ in range(3):
        await tick(world, 3.1)
    assert len(world.notifier.told) == 1
    return world


async def test_the_reply_to_a_mail_takes_the_request_and_reaches_the_person_once(by_mail: World) -> None:
    world = by_mail
    token = world.notifier.told[0][1].answer_token
    reply = answered(world, "say", token=token, text="Bonjour, je m'en occupe.")
    for _ in range(2):
        await mailed(world, reply)
    assert said_to(world, AWA)[-1] == "Bonjour, je m'en occupe."
    assert said_to(world, AWA).count("Bonjour, je m'en occupe.") == 1
    assert (await request(world)).holder == "chief"
    await writes(world, AWA, "Merci, et le livret ?")
    to, notice = world.notifier.told[-1]
    assert (to, notice.purpose, notice.text) == ("chief@parish.example", "message", "Merci, et le livret ?")
    assert len(world.notifier.told) == 2


async def test_a_mail_that_comes_too_late_is_answered_with_who_has_it(by_mail: World) -> None:
    world = by_mail
    await writes(world, ONE, "#take")
    reply = answered(world, "say", token=world.notifier.told[0][1].answer_token, text="Bonjour")
    await mailed(world, reply)
    assert "Bonjour" not in said_to(world, AWA)
    assert "Aminata Ba" in world.notifier.told[-1][1].text


@pytest.mark.parametrize("change", [{"who": "stranger@else.example"}, {"token": "t-unknown"}])
async def test_a_mail_of_a_stranger_or_about_nothing_reaches_nobody(
    by_mail: World, change: dict[str, str]
) -> None:
    world = by_mail
    before = said_to(world, AWA)
    token = {"token": world.notifier.told[0][1].answer_token}
    event = answered(world, "say", **{**token, "text": "Bonjour", **change})
    world.bus.waiting.clear()
    with pytest.raises(Drop):
        await world.parts.handoff.handle(event)
    assert said_to(world, AWA) == before
    assert (await request(world)).holder == ""


async def test_a_button_of_a_stranger_takes_nothing(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    found = await request(world)
    press = [Pressed(id=f"staff:take:{found.handoff}", title="x")]
    await world.receive(world.message("", peer=BINTA).model_copy(update={"parts": press}))
    await world.pump()
    assert (await request(world)).holder == ""
