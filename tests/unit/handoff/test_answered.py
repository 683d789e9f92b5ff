"""Answers that a notifier brings: empty, late, repeated, and by strangers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.conversation import taking
from shared.errors import Drop
from shared.models.events import StaffAnswered
from shared.models.message import Outbound
from shared.platform.store import Where
from tests.unit.handoff.desk import ONE, parish, request, said_to, writes
from tests.world import AWA, World

CHIEF = "chief@parish.example"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    made = await parish(tmp_path)
    await made.say("Je voudrais parler à quelqu'un")
    return made


async def answers(world: World, act: str, text: str = "", id: str = "m1", **more: Any) -> None:
    """An answer by mail, and all that follows."""
    fields = {"act": act, "text": text, "id": id, "who": CHIEF, "token": (await request(world)).token, **more}
    event = StaffAnswered.model_validate(
        {"tenant": "parish", "notifier": "mail", "at": world.clock.now(), **fields}
    )
    await world.parts.handoff.answered.handle(event)
    await world.pump()


def told(world: World) -> list[str]:
    """Returns the texts of the mails to the chief, without those about the request itself."""
    return [notice.text for _, notice in world.notifier.told if notice.purpose == "news"]


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b"])
async def test_words_without_a_word_reach_nobody_and_their_writer_is_told(world: World, text: str) -> None:
    await answers(world, "say", text)
    assert "vide" in told(world)[-1]
    assert (await request(world)).state == "notified"
    where = [Where("direction", "==", "out"), Where("author", "==", "staff")]
    assert await world.store.query(Outbound, where=where, limit=9, tenant="parish") == []


async def test_words_of_many_messages_are_passed_on_whole(world: World) -> None:
    await answers(world, "say", "Venez demain. " * 1_400)
    said = " ".join(said_to(world, AWA)[1:])
    assert said.count("Venez demain.") == 1_400


async def test_an_answer_that_comes_twice_acts_once(world: World) -> None:
    for _ in range(3):
        await answers(world, "say", "Venez demain.")
    assert said_to(world, AWA).count("Venez demain.") == 1
    assert told(world) == []


async def test_an_answer_that_comes_again_after_the_close_is_not_called_lost(world: World) -> None:
    await answers(world, "say", "Venez demain.")
    await answers(world, "close", id="m2")
    await answers(world, "say", "Venez demain.")
    assert said_to(world, AWA).count("Venez demain.") == 1
    assert told(world) == []


async def test_who_is_too_late_is_told_who_has_it(world: World) -> None:
    await writes(world, ONE, "#take")
    await answers(world, "say", "Venez demain.")
    assert "Aminata Ba" in told(world)[-1]
    assert "Venez demain." not in said_to(world, AWA)


async def test_words_during_which_other_words_of_theirs_take_the_request_are_passed_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    take, others = taking.take, ["Bonjour."]

    async def slow(*given: Any, **named: Any) -> taking.Result:
        if others:
            await answers(world, "say", others.pop(), id="m0")
        return await take(*given, **named)

    monkeypatch.setattr(taking, "take", slow)
    await answers(world, "say", "Venez demain.")
    assert said_to(world, AWA)[1:] == ["Bonjour.", "Venez demain."]


async def test_a_stranger_s_answer_is_dropped(world: World) -> None:
    with pytest.raises(Drop, match="stranger"):
        await answers(world, "say", "Venez demain.", who="other@parish.example")
    with pytest.raises(Drop, match="no_request"):
        await answers(world, "say", "Venez demain.", token="unknown")
    assert (await request(world)).state == "notified"


async def test_a_close_leaves_the_person_to_a_human_on_the_phone_who_did_not_have_the_request(
    tmp_path: Path,
) -> None:
    world = await parish(tmp_path, emergencies={"words": ["au feu"]})
    await world.say("Bonjour")
    await world.receive(world.staff("Je m'en occupe."))
    await world.say("Au feu !")
    await answers(world, "close")
    assert (await request(world)).state == "closed"
    sent = said_to(world, AWA)
    await world.say("Quand est la messe ?")
    assert said_to(world, AWA) == sent
    assert (await world.outcomes())[-1] == "left_to_human"
    assert (await world.conversation_of(AWA)).staff.handoff == ""


async def test_a_human_on_the_phone_keeps_the_person_after_a_talk_at_the_desk(tmp_path: Path) -> None:
    world = await parish(tmp_path, emergencies={"words": ["au feu"]})
    await world.say("Bonjour")
    await world.receive(world.staff("Je m'en occupe."))
    await world.say("Au feu !")
    await answers(world, "take")
    await answers(world, "close", id="m2")
    assert [step.step for step in (await request(world)).steps][-1] == "closed"
    sent = said_to(world, AWA)
    await world.say("Quand est la messe ?")
    assert said_to(world, AWA) == sent
    assert not any("assistant automatique reprend" in text for text in sent)
    assert (await world.outcomes())[-1] == "left_to_human"
    world.clock.pass_(3 * 3600)
    await world.say("Et la messe de dimanche ?")
    assert len(said_to(world, AWA)) > len(sent)


async def test_a_human_on_the_phone_keeps_the_person_though_no_tick_ends_the_talk_at_the_desk(
    tmp_path: Path,
) -> None:
    limits = {"human_silence_minutes": 180}
    world = await parish(tmp_path, emergencies={"words": ["au feu"]}, limits=limits)
    await world.say("Bonjour")
    await world.receive(world.staff("Je m'en occupe."))
    await world.say("Au feu !")
    await answers(world, "take")
    sent = said_to(world, AWA)
    world.clock.pass_(2 * 3600)
    await world.say("Quand est la messe ?")
    assert said_to(world, AWA) == sent
    assert (await world.outcomes())[-1] == "left_to_human"
