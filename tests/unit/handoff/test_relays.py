"""While a human is there: words reach the right person, in order, once; and nobody else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.channels import Download, Refused
from shared.errors import Retry
from shared.models.parts import Media, Pressed
from tests.fakes.routed import FakeRouter, routed_by
from tests.fakes.sounds import opus
from tests.unit.handoff.desk import (
    BINTA,
    CHIEF,
    ONE,
    TWO,
    desk,
    offered,
    parish,
    request,
    requests,
    said_to,
    take,
    tick,
    writes,
)
from tests.world import AWA, World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path)


@pytest.fixture
async def two_talks(world: World) -> World:
    """Agent one talks with Awa (#1) and Binta (#2)."""
    await take(world)
    await take(world, name=BINTA)
    world.channel.sent.clear()
    return world


async def test_with_two_people_a_plain_text_waits_until_it_is_said_for_whom(
    two_talks: World,
) -> None:
    world = two_talks
    await writes(world, ONE, "Votre livret est prêt.")
    assert said_to(world, AWA) == said_to(world, BINTA) == []
    assert await offered(world, ONE) == ["#1 Awa", "#2 Awa"]
    await writes(world, ONE, "2")
    assert said_to(world, BINTA) == ["Votre livret est prêt."]
    assert said_to(world, AWA) == []


async def test_a_voice_note_reaches_staff_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "shared.wiring.reply.Router", routed_by(FakeRouter({"transcribe": ["Où êtes-vous ?"]}))
    )
    world = await parish(tmp_path)
    await take(world)
    world.channel.files["note"] = Download(opus(4.0), "audio/ogg")
    note = Media(kind="voice", id="note", mimetype="audio/ogg")
    await world.receive(world.message("").model_copy(update={"parts": [note]}))
    await world.pump()
    assert said_to(world, ONE)[-3:] == ["*#1 Awa*", "[voice]", "🎤 Où êtes-vous ?"]


async def test_a_choice_that_staff_make_as_a_person_is_no_word_for_another(world: World) -> None:
    """A member of staff who asked a colleague for help rates that, in the middle of a talk of their own."""
    await take(world)
    before = said_to(world, AWA)
    press = [Pressed(id=f"rate:{(await request(world)).handoff}:2", title="⭐⭐")]
    await world.receive(world.message("x", peer=ONE).model_copy(update={"parts": press}))
    await world.pump()
    assert said_to(world, AWA) == before


async def test_a_number_or_a_quote_says_for_whom(two_talks: World) -> None:
    world = two_talks
    await writes(world, ONE, "#1 Bonjour Awa")
    await writes(world, BINTA, "Vous êtes là ?")
    await writes(world, ONE, "Oui.", quoting="Vous êtes là ?")
    assert said_to(world, AWA) == ["Bonjour Awa"]
    assert said_to(world, BINTA) == ["Oui."]


async def test_a_text_written_before_the_other_talk_began_does_not_reach_it(world: World) -> None:
    await take(world)
    written = world.message("Pour Awa seulement", peer=ONE)
    world.clock.pass_(1)
    await writes(world, ONE, "#close")
    await take(world, name=BINTA)
    world.channel.sent.clear()
    await world.receive(written)
    await world.pump()
    assert said_to(world, BINTA) == said_to(world, AWA) == []
    assert len(said_to(world, ONE)) == 1


@pytest.mark.parametrize("text", ["#7 Bonjour", "#close 7", "#take 7", "#note 7 x", "#99999999999 x"])
async def test_a_wrong_number_is_said_to_be_wrong(world: World, text: str) -> None:
    await take(world)
    before = said_to(world, AWA)
    await writes(world, ONE, text)
    assert said_to(world, AWA) == before
    assert (await request(world)).state == "taken"


async def test_words_to_a_closed_request_are_not_passed_on_and_that_is_said(world: World) -> None:
    await take(world)
    await writes(world, ONE, "#close")
    before = len(said_to(world, AWA))
    await writes(world, ONE, "#1 Encore un mot")
    assert len(said_to(world, AWA)) == before
    assert "1" in said_to(world, ONE)[-1]


async def test_only_the_holder_speaks(world: World) -> None:
    await take(world)
    before = len(said_to(world, AWA))
    await writes(world, TWO, "#1 Moi aussi")
    assert len(said_to(world, AWA)) == before
    assert "Aminata Ba" in said_to(world, TWO)[-1]


async def test_empty_words_are_refused(world: World) -> None:
    await take(world)
    await writes(world, ONE, "#1   ")
    await writes(world, ONE, "   ")
    assert all(text.strip() for text in said_to(world, AWA))


async def test_words_of_a_burst_come_in_order(world: World) -> None:
    await take(world)
    for number in range(12):
        await world.receive(world.message(f"ligne {number}", peer=AWA))
        await world.receive(world.message(f"réponse {number}", peer=ONE))
    await world.pump()
    assert [text for text in said_to(world, ONE) if "ligne" in text] == [
        f"*#1 Awa*\nligne {number}" for number in range(12)
    ]
    assert [text for text in said_to(world, AWA) if "réponse" in text] == [
        f"réponse {number}" for number in range(12)
    ]


async def test_a_crash_after_the_commit_loses_and_doubles_no_relay(world: World) -> None:
    await take(world)
    event = world.message("Un mot", peer=AWA)
    world.bus.broken = True
    with pytest.raises(Retry):
        await world.receive(event)
    world.bus.broken = False
    await world.receive(event)
    await world.pump()
    await tick(world, 3)
    world.clock.pass_(180)
    await world.parts.sweep.run()
    await world.pump()
    assert said_to(world, ONE).count("*#1 Awa*\nUn mot") == 1


async def test_a_photo_reaches_the_desk_and_the_answer_the_person(world: World) -> None:
    world.channel.files = {"photo": Download(PNG, "image/png"), "plan": Download(PNG, "image/png")}
    await take(world)
    photo = Media(kind="image", id="photo", caption="mon livret")
    await world.receive(world.message("", peer=AWA).model_copy(update={"parts": [photo]}))
    await world.pump()
    assert said_to(world, ONE)[-2:] == ["*#1 Awa*", "[image] mon livret"]
    plan = Media(kind="image", id="plan", caption="le plan")
    await world.receive(world.message("", peer=ONE).model_copy(update={"parts": [plan]}))
    await world.pump()
    assert said_to(world, AWA)[-1] == "[image] le plan"


async def test_a_file_that_cannot_be_read_is_not_passed_on_and_that_is_said(world: World) -> None:
    await take(world)
    before = len(said_to(world, AWA))
    film = Media(kind="video", id="huge")
    await world.receive(world.message("", peer=ONE).model_copy(update={"parts": [film]}))
    await world.pump()
    assert len(said_to(world, AWA)) == before
    assert len(said_to(world, ONE)) == 3


async def test_words_that_are_not_delivered_are_reported_to_their_writer(world: World) -> None:
    await take(world)
    world.channel.results = [Refused("no_account")]
    before = len(said_to(world, ONE))
    await writes(world, ONE, "Bonjour")
    await tick(world, 3)
    (told,) = said_to(world, ONE)[before:]
    assert "Awa" in told
    assert (await request(world)).state == "taken"


async def test_a_desk_that_cannot_be_reached_gives_the_request_to_others(world: World) -> None:
    await take(world)
    world.channel.results = [Refused("no_account")]
    await writes(world, AWA, "Vous êtes là ?")
    again = await request(world)
    assert again.holder == ""
    assert "Vous êtes là ?" in "".join(said_to(world, TWO) + said_to(world, ONE))


async def test_staff_at_work_may_write_as_much_as_they_need_and_raise_no_alarm(tmp_path: Path) -> None:
    world = await parish(tmp_path, emergencies={"words": ["au feu"]})
    await take(world)
    for number in range(15):
        await world.receive(world.message(f"au feu {number}", peer=ONE))
    await world.pump()
    assert len([text for text in said_to(world, AWA) if "au feu" in text]) == 15
    assert [each.reason for each in await requests(world)] == ["asked"]


async def test_an_emergency_during_a_talk_reaches_the_desk_and_everybody(tmp_path: Path) -> None:
    world = await parish(tmp_path, emergencies={"words": ["au feu"]})
    await take(world)
    await writes(world, AWA, "Au feu !")
    assert any("Au feu !" in text for text in said_to(world, ONE))
    assert "URGENCE" in said_to(world, TWO)[-1]
    assert "URGENCE" in said_to(world, CHIEF)[-1]
    found = await request(world)
    assert (found.state, found.holder, found.reason) == ("taken", "one", "emergency")


async def test_a_transfer_leaves_the_person_with_somebody_all_the_time(world: World) -> None:
    await take(world)
    await writes(world, ONE, "#transfer Moussa")
    assert (await request(world)).holder == "one"
    assert "Awa" in said_to(world, TWO)[-1]
    await writes(world, AWA, "Toujours là ?")
    assert "Toujours là ?" in said_to(world, ONE)[-1]
    await writes(world, TWO, "1")
    assert (await request(world)).holder == "two"
    await writes(world, AWA, "Et maintenant ?")
    assert "Et maintenant ?" in said_to(world, TWO)[-1]
    await writes(world, TWO, "Oui, bonjour.")
    assert said_to(world, AWA)[-1] == "Oui, bonjour."
    await writes(world, ONE, "#1 Non !")
    assert said_to(world, AWA)[-1] == "Oui, bonjour."


@pytest.mark.parametrize("name", ["Fatou", "", "a"])
async def test_a_transfer_to_nobody_known_names_those_who_are(world: World, name: str) -> None:
    await take(world)
    await writes(world, ONE, f"#transfer {name}")
    assert "Moussa Sy" in said_to(world, ONE)[-1]


async def test_a_rating_counts_once_and_only_the_person_s(world: World) -> None:
    await take(world)
    await writes(world, ONE, "#close")
    found = await request(world)
    forged = [Pressed(id=f"rate:{found.handoff}:1", title="x")]
    await world.receive(world.message("", peer=BINTA).model_copy(update={"parts": forged}))
    await writes(world, AWA, "4")
    again = [Pressed(id=f"rate:{found.handoff}:2", title="x")]
    await world.receive(world.message("", peer=AWA).model_copy(update={"parts": again}))
    assert (await request(world)).rating == 4


async def test_the_desk_shows_the_queue_and_the_talks(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un")
    assert [each.handoff for each in (await desk(world)).queue] == [(await request(world)).handoff]
    await writes(world, ONE, "#take")
    now = await desk(world)
    assert (now.queue, [talk.staff for talk in now.talks], len(now.took)) == ([], ["one"], 1)
    await writes(world, ONE, "#close")
    assert (await desk(world)).talks_of("one") == []


async def test_what_was_said_to_staff_is_part_of_the_history_afterwards(world: World) -> None:
    await take(world)
    await writes(world, AWA, "Mon fils a perdu son livret")
    await writes(world, ONE, "Venez demain.")
    await writes(world, ONE, "#close")
    lines = [(line.author, line.text) for line in (await world.conversation_of(AWA)).history]
    assert ("person", "Mon fils a perdu son livret") in lines
    assert ("staff", "Venez demain.") in lines


async def test_commands_answer_their_writer_only(world: World) -> None:
    await take(world)
    await writes(world, AWA, "Quand est la messe ?")
    before = len(said_to(world, AWA))
    for command in ("#help", "#list", "#summary", "#note à rappeler lundi", "#on", "#off", "#nonsense"):
        await writes(world, ONE, command)
    assert len(said_to(world, AWA)) == before
    assert (await request(world)).notes == ["Aminata Ba: à rappeler lundi"]


async def test_a_suggestion_is_sent_by_the_word_of_staff_alone(world: World) -> None:
    await take(world)
    await writes(world, AWA, "Quand est la messe ?")
    before = len(said_to(world, AWA))
    await writes(world, ONE, "#suggest")
    assert len(said_to(world, AWA)) == before
    await writes(world, ONE, "1")
    assert said_to(world, AWA)[-1] == "answer to: Quand est la messe ?"


async def test_a_relay_waits_for_its_file_but_not_for_ever(world: World) -> None:
    world.channel.files = {"slow": Retry("media_late")}
    await take(world)
    slow = Media(kind="image", id="slow", caption="photo")
    await world.receive(world.message("", peer=AWA).model_copy(update={"parts": [slow]}))
    await world.pump()
    await writes(world, AWA, "Et ce mot")
    world.clock.pass_(timedelta(seconds=30).total_seconds())
    await tick(world, 2)
    lines = [text for text in said_to(world, ONE) if "photo" in text or "Et ce mot" in text]
    assert [text.splitlines()[-1] for text in lines][-2:] == ["[image] photo", "Et ce mot"]
