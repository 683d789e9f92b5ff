"""Gates before an answer: blocks, emergencies, opt-outs, the rate, humans."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.inbound.burst import looks_unfinished
from shared.language.languages import shipped
from shared.models.events import PeerBlocked
from shared.models.handoff import Handoff
from shared.models.people import Contact
from tests.fakes.model import Reply
from tests.world import World

QUESTION = "Quand est la messe ?"


async def test_a_blocked_person_gets_nothing(world: World) -> None:
    await world.say(QUESTION)
    before = world.message(QUESTION)
    world.clock.pass_(1)
    facts = world.message("x").model_dump(exclude={"kind", "parts"})
    await world.receive(PeerBlocked.model_validate(facts | {"blocked": True}))
    await world.receive(before)
    await world.pump()
    assert len(world.texts()) == 1
    assert [m.reason for m in await world.inbound()][1] == "blocked"


@pytest.mark.parametrize("stop", ["STOP", "Arrêt", "stop !"])
async def test_opting_out_and_back_in(world: World, stop: str) -> None:
    await world.say(stop)
    assert "START" in world.texts()[0]
    await world.say(QUESTION)
    assert len(world.texts()) == 1
    assert await world.outcomes() == ["answered", "suppressed"]
    await world.say("Start")
    await world.say(QUESTION)
    assert len(world.texts()) == 3
    contact = (await world.store.query(Contact, limit=2, tenant="parish"))[0]
    acts = [(act.standing, act.message) for act in contact.consent]
    assert acts == [("opted_out", "M1"), ("open", "M3")]


async def test_more_than_ten_a_minute_are_suppressed_with_one_word_about_it(world: World) -> None:
    for number in range(13):
        await world.say(f"Question {number} ?")
    outcomes = await world.outcomes()
    assert outcomes == ["answered"] * 10 + ["suppressed"] * 3
    assert len(world.texts()) == 11
    assert "plus vite" in world.texts()[-1]
    world.clock.pass_(61)
    await world.say(QUESTION)
    assert (await world.outcomes())[-1] == "answered"


async def emergency_world(folder: Path) -> World:
    return await World(folder).begin(
        emergencies={"words": ["viol", "au feu"]}, texts={"fr": {"emergency": "Appelez le 17."}}
    )


@pytest.mark.parametrize("text", ["Vite, AU feu", "un viol !"])
async def test_an_emergency_is_a_human_at_once(tmp_path: Path, text: str) -> None:
    world = await emergency_world(tmp_path)
    await world.say(text)
    assert world.texts() == ["Appelez le 17."]
    assert await world.outcomes() == ["handed_off"]
    handoffs = await world.store.query(Handoff, limit=2, tenant="parish")
    assert [handoff.reason for handoff in handoffs] == ["emergency"]
    assert world.provider.asked == []


@pytest.mark.parametrize("text", ["_viol_", "*ENVIE* de _mourir_", "v\u00adiol"])
async def test_an_emergency_is_one_however_it_is_marked(tmp_path: Path, text: str) -> None:
    world = await emergency_world(tmp_path)
    await world.say(text)
    assert await world.outcomes() == ["handed_off"]


async def test_emergency_words_are_whole_words(tmp_path: Path) -> None:
    world = await emergency_world(tmp_path)
    await world.say("Avez-vous des aubes en violet ?")
    assert await world.outcomes() == ["answered"]


async def test_an_emergency_gets_through_opt_out_and_rate(tmp_path: Path) -> None:
    world = await emergency_world(tmp_path)
    await world.say("STOP")
    for _ in range(12):
        await world.say("encore ?")
    await world.say("au feu")
    assert world.texts()[-1] == "Appelez le 17."


async def test_an_emergency_with_a_human_present_stays_with_the_human_and_alerts(tmp_path: Path) -> None:
    world = await emergency_world(tmp_path)
    await world.receive(world.staff("Bonjour"))
    await world.say("au feu")
    assert world.texts() == []
    handoffs = await world.store.query(Handoff, limit=2, tenant="parish")
    assert [handoff.reason for handoff in handoffs] == ["emergency"]


async def test_what_nobody_knows_twice_in_a_row_calls_a_human(world: World) -> None:
    world.provider.replies = [Reply("Je ne sais pas.", False), Reply("Je ne sais pas.", False)]
    await world.say("Quel est le sens de la vie ?")
    await world.say("Et de la mort ?")
    assert world.texts()[0] == shipped()["fr"].texts["unknown"]
    assert await world.outcomes() == ["answered", "handed_off"]


async def test_asking_for_a_human(world: World) -> None:
    await world.say("humain")
    assert await world.outcomes() == ["handed_off"]
    assert (await world.conversation()).state == "waiting"


@pytest.mark.parametrize("text", ["", "👍", "🙏🙏", "\u202e", "???", "مرحبا", "x" * 5000, "😀" * 2000])
async def test_odd_texts_end_in_an_outcome(world: World, text: str) -> None:
    await world.say(QUESTION)
    await world.say(text)
    assert all(await world.outcomes())


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("Bonjour", True),
        ("Bonjour.", True),
        ("Bonjour madame", True),
        ("je voudrais", True),
        ("Pour mon fils,", True),
        ("Quand est la messe ?", False),
        ("horaires des messes", False),
        ("oui", False),
        ("/help", False),
        ("#bot", False),
        ("42", False),
        ("Good morning", True),
        ("I need a room for", True),
    ],
)
def test_signs_of_a_burst(text: str, unfinished: bool) -> None:
    assert looks_unfinished(text) is unfinished
