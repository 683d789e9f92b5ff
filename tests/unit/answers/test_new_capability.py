"""A capability that lives here alone, an answerer with an act of its own, joins a turn without a change to
it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.answers import Answer, Answerer, Asked
from shared.conversation.acts import Prepared, Scene
from shared.models.message import Outcome
from shared.models.parts import Location, Part, Text
from shared.models.people import Contact
from shared.wiring import reply
from tests.world import World

OFFICE = Location(latitude=14.6937, longitude=-17.4441, name="Office")


@dataclass(frozen=True)
class RememberVisit:
    """Notes on the contact that the person wants to come by."""

    async def prepare(self, scene: Scene) -> Prepared:
        keys = {"tenant": scene.conversation.tenant, "contact": scene.conversation.contact}
        contact = await scene.tx.get(Contact, **keys)

        def write() -> None:
            if contact is not None:
                contact.attributes["visit"] = scene.batch[-1].message
                scene.tx.put(contact)

        return Prepared(write)


class Directions:
    """Answers "where are you" with words and a place."""

    async def answer(self, asked: Asked) -> Answer | None:
        if "where are you" not in asked.words.said.lower():
            return None
        parts: list[Part] = [Text(text="Here we are:"), OFFICE]
        return Answer(parts, Outcome.ANSWERED, "directions", "en", [RememberVisit()])


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    known = reply._answerers
    first: list[Answerer] = [Directions()]
    monkeypatch.setattr(reply, "_answerers", lambda *ports: [*first, *known(*ports)])
    return await World(tmp_path).begin()


async def test_its_parts_are_sent_and_its_act_is_written(world: World) -> None:
    await world.say("Where are you?")
    (answer,) = await world.outbound()
    assert [part.part for part in answer.parts] == [Text(text="Here we are:"), OFFICE]
    (contact,) = await world.store.query(Contact, limit=2, tenant="parish")
    assert contact.attributes == {"visit": "M1"}
    assert (await world.conversation()).why == "answered: directions"


async def test_the_others_answer_the_rest(world: World) -> None:
    await world.say("Quand est la messe ?")
    (contact,) = await world.store.query(Contact, limit=2, tenant="parish")
    assert contact.attributes == {}
    assert await world.outcomes() == ["answered"]
