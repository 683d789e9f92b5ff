"""The consequences of a message that we began: the person's reply, a choice, a rating."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from shared.models.parts import Choices, Pressed
from shared.models.tenant import KnowledgeEntry, Wording
from tests.parts import Parts
from tests.unit.triggers.book import BEFORE, BINTA, day, know, parish, schedule, tick, until
from tests.world import START, FakePlugins, World


async def sent(folder: Path, **definition: Any) -> World:
    """Returns a world in which the message has just been sent, and whose answers are facts."""
    world = await parish(folder, {"arrival": BEFORE | definition}, answers={"provider": "offline"})
    wording = Wording(questions=["Quel transfert ?"], answer="Le chauffeur vous attend à la sortie.")
    entry = KnowledgeEntry(tenant="parish", entry="transfer", wordings={"fr": wording})
    await world.store.put(entry)
    world.parts = Parts(world.ports, world.directory(FakePlugins(world)))
    await know(world, attributes={"check_in": day(3)})
    await until(world, START + timedelta(days=2, minutes=1))
    assert len(await world.outbound()) == 1
    return world


async def test_a_free_reply_is_answered_by_the_topic_that_the_trigger_names(tmp_path: Path) -> None:
    world = await sent(tmp_path, reply_topic="transfer")
    await world.say("vers 15h avec deux valises")
    assert "Le chauffeur vous attend" in world.texts()[-1]


async def test_a_question_of_its_own_is_answered_as_always(tmp_path: Path) -> None:
    world = await sent(tmp_path, reply_topic="transfer")
    await world.say("Quand est la messe ?")
    assert "Dimanche." in world.texts()[-1]


async def test_a_reply_on_another_day_is_a_question_like_any_other(tmp_path: Path) -> None:
    world = await sent(tmp_path, reply_topic="transfer")
    world.clock.pass_(30 * 3600)
    await world.say("vers 15h avec deux valises")
    assert "Le chauffeur vous attend" not in world.texts()[-1]


async def test_a_choice_is_answered_by_its_own_topic(tmp_path: Path) -> None:
    says = {
        "fr": {"text": "Un transfert ?", "choices": [{"title": "Oui", "topic": "transfer"}, {"title": "Non"}]}
    }
    world = await sent(tmp_path, says=says)
    (message,) = await world.outbound()
    assert isinstance(message.parts[0].part, Choices)
    await world.say("1")
    assert "Le chauffeur vous attend" in world.texts()[-1]
    (one,) = await schedule(world)
    assert one.reply == "Oui"
    await world.say("2")
    (one,) = await schedule(world)
    assert one.reply == "Oui", "2 is no choice any more"


async def test_a_choice_without_a_topic_is_noted(tmp_path: Path) -> None:
    choices = [{"title": "Oui"}, {"title": "Non"}]
    world = await sent(tmp_path, says={"fr": {"text": "Un transfert ?", "choices": choices}})
    await world.say("Non")
    assert world.texts()[-1] == "C'est noté, merci."
    (one,) = await schedule(world)
    assert one.reply == "Non"


async def test_a_choice_of_another_person_changes_nothing(tmp_path: Path) -> None:
    choices = [{"title": "Oui"}, {"title": "Non"}]
    world = await sent(tmp_path, says={"fr": {"text": "Un transfert ?", "choices": choices}})
    (one,) = await schedule(world)
    forged = [Pressed(id=f"said:{one.occurrence}:1", title="Oui")]
    await world.receive(world.message("", peer=BINTA).model_copy(update={"parts": forged}))
    (one,) = await schedule(world)
    assert one.reply == ""


async def test_a_rating_is_kept_once(tmp_path: Path) -> None:
    world = await sent(tmp_path, rating=True)
    await world.say("4")
    await world.say("2")
    await tick(world, 1)
    (one,) = await schedule(world)
    assert one.rating == 4
