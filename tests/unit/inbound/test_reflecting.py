"""Summaries and moods are made outside turns, each once, and at no answer's cost."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from shared import llm
from shared.conversation import memory
from shared.conversation.conversation import Conversation
from shared.errors import Retry
from shared.inbound.reflecting import CLAIM, TRIED
from shared.models.answers import Task
from shared.models.events import Reflect
from shared.models.handoff import Handoff
from shared.models.verification import Verified
from tests.fakes.routed import FakeRouter, Script, routed_by
from tests.world import FakePlugins, World

NOTES = json.dumps({"summary": "Asked for the times of the mass."})


def moods(score: float, *, attention: bool = False) -> str:
    return json.dumps(
        {"moods": [{"n": 0, "score": score, "needs_attention": attention, "reason": "waits for days"}]}
    )


@pytest.fixture
def router(monkeypatch: pytest.MonkeyPatch) -> FakeRouter:
    found = FakeRouter({"summarise": [NOTES]})
    monkeypatch.setattr("shared.wiring.reply.Router", routed_by(found))
    return found


@pytest.fixture
async def world(tmp_path: Path, router: FakeRouter) -> World:
    begun = World(tmp_path)
    begun.rebuild(FakePlugins(begun))
    return await begun.begin()


async def talk(world: World, turns: int, first: int = 0) -> None:
    for number in range(first, first + turns):
        await world.say(f"Question {number} ?")
        world.clock.pass_(20)


async def rounds(world: World) -> None:
    """Runs a round of maintenance, and all that follows from it."""
    await world.parts.rounds.run()
    await world.pump()


def script(router: FakeRouter, task: Task, *scripts: Script) -> None:
    router.scripts = {**router.scripts, task: list(scripts)}


async def test_a_paused_conversation_is_summarised_once(world: World, router: FakeRouter) -> None:
    await talk(world, 4)
    await rounds(world)
    assert router.asked == []
    world.clock.pass_(memory.PAUSE.total_seconds())
    await rounds(world)
    found = await world.conversation()
    assert found.memory.summary == "Asked for the times of the mass."
    assert found.memory.summarised_until == found.history[-1].at
    assert found.memory.reflect_at is None
    await rounds(world)
    assert router.tasks() == ["summarise"]


async def test_a_long_conversation_is_summarised_before_lines_fall_out(
    world: World, router: FakeRouter
) -> None:
    for number in range(4):
        await talk(world, 4, first=4 * number)
        await rounds(world)
    assert len(router.asked) == 2
    covered = [json.loads(_text(request)) for _, request in router.asked]
    assert covered[1]["before"] == "Asked for the times of the mass."
    lines = [line for each in covered for line in each["lines"]]
    assert len(lines) == len(set(lines))
    assert [f"person: Question {number} ?" in lines for number in range(16)] == [True] * 16


async def test_the_next_answer_is_given_the_summary(world: World, router: FakeRouter) -> None:
    await talk(world, 4)
    world.clock.pass_(memory.PAUSE.total_seconds())
    await rounds(world)
    world.clock.pass_(86_400)
    await world.say("Et samedi ?")
    assert (await world.conversation()).memory.summary == "Asked for the times of the mass."
    assert world.provider.seen[-1]["notes"] == "Asked for the times of the mass."


async def test_without_a_model_for_it_there_is_no_summary(world: World, router: FakeRouter) -> None:
    router.scripts = {}
    await talk(world, 9)
    world.clock.pass_(3_600)
    await rounds(world)
    found = await world.conversation()
    assert (found.memory.summary, found.memory.reflect_at) == ("", None)


@pytest.mark.parametrize("failure", [Retry("no_model"), "half a {", "[]", TimeoutError()], ids=str)
async def test_a_failure_is_tried_again_and_not_for_ever(
    world: World, router: FakeRouter, failure: Script
) -> None:
    script(router, "summarise", failure)
    await talk(world, 4)
    world.clock.pass_(memory.PAUSE.total_seconds())
    for _ in range(60):
        await rounds(world)
        world.clock.pass_(CLAIM.total_seconds())
    assert 2 < len(router.asked) <= TRIED / CLAIM + 1
    assert (await world.conversation()).memory.reflect_at is None


async def test_a_failure_that_passes_costs_no_summary(world: World, router: FakeRouter) -> None:
    script(router, "summarise", Retry("no_model"), NOTES)
    await talk(world, 4)
    world.clock.pass_(memory.PAUSE.total_seconds())
    await rounds(world)
    world.clock.pass_(CLAIM.total_seconds())
    await rounds(world)
    assert (await world.conversation()).memory.summary


async def test_a_repeat_of_the_event_pays_nothing(world: World, router: FakeRouter) -> None:
    await talk(world, 4)
    world.clock.pass_(memory.PAUSE.total_seconds())
    event = Reflect(tenant="parish", conversations=[(await world.conversation()).conversation])
    await world.receive(event)
    await world.receive(event)
    assert router.tasks() == ["summarise"]


async def test_a_message_that_comes_meanwhile_is_covered_by_the_next_summary(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(world, 4)
    world.clock.pass_(memory.PAUSE.total_seconds())
    asked = router.complete

    async def meanwhile(*arguments: object, **more: object) -> object:
        monkeypatch.setattr(router, "complete", asked)
        await world.receive(world.message("Encore une question ?"))
        return await asked(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(router, "complete", meanwhile)
    await rounds(world)
    found = await world.conversation()
    assert found.memory.summary
    assert memory.unsummarised(found)[0] == "person: Encore une question ?"


async def test_a_logout_meanwhile_leaves_no_summary_of_before_it(
    world: World, router: FakeRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk(world, 4)
    found = await world.conversation()
    found.session.verified = Verified(profile="parent", at=world.clock.now())
    await world.store.put(found)
    world.clock.pass_(memory.PAUSE.total_seconds())
    asked = router.complete

    async def meanwhile(*arguments: object, **more: object) -> object:
        monkeypatch.setattr(router, "complete", asked)
        await world.receive(world.message("déconnexion"))
        return await asked(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(router, "complete", meanwhile)
    await rounds(world)
    found = await world.conversation()
    assert found.session.verified is None
    assert found.memory.summary == ""


async def reads(world: World, router: FakeRouter, *scripts: Script) -> None:
    """Runs a round in which all conversations are due for their moods, and a model says so."""
    for found in await world.store.query(Conversation, limit=10, tenant="parish"):
        found.memory.reflect_at = world.clock.now()
        await world.store.put(found)
    script(router, "understand", *scripts)
    await rounds(world)
    router.scripts = {}


async def requests(world: World) -> list[Handoff]:
    return await world.store.query(Handoff, limit=10, tenant="parish")


async def test_a_bad_mood_calls_a_human_once_with_its_reason(world: World, router: FakeRouter) -> None:
    await world.say("Ça fait trois jours que j'attends votre réponse")
    await reads(world, router, moods(-0.9))
    (request,) = await requests(world)
    assert (request.reasons, request.mood, request.mood_reason) == (["mood"], "unhappy", "waits for days")
    assert "trois jours" in request.summary
    world.clock.pass_(60)
    await world.say("Toujours rien du tout de votre part")
    await reads(world, router, moods(-0.9))
    assert (await requests(world))[0].count == 1
    assert router.tasks() == ["understand"] * 2


async def test_a_good_mood_is_only_recorded(world: World, router: FakeRouter) -> None:
    await world.say("Vous êtes formidables, quand est la messe ?")
    await reads(world, router, moods(0.6))
    found = await world.conversation()
    assert (found.mood.mood_score, found.memory.reflect_at) == (0.6, None)
    assert await requests(world) == []


async def test_a_mood_is_read_once(world: World, router: FakeRouter) -> None:
    await world.say("Quand est la messe ?")
    for _ in range(3):
        await reads(world, router, moods(0.0))
    assert router.tasks() == ["understand"]


async def test_a_spell_that_is_over_can_begin_again(world: World, router: FakeRouter) -> None:
    said = {"Je suis furieux contre vous": -0.9, "Tout va bien maintenant": 0.5, "Encore raté, furieux": -0.9}
    for text, score in said.items():
        await world.say(text)
        await reads(world, router, moods(score))
        world.clock.pass_(30)
    (request,) = await requests(world)
    assert request.count == 2


async def test_moods_of_several_people_cost_one_request(world: World, router: FakeRouter) -> None:
    for number in range(3):
        await world.say("Quand est la messe ?", peer=f"+22177000001{number}")
    await reads(world, router, moods(0.0))
    assert router.tasks() == ["understand"]
    for found in await world.store.query(Conversation, limit=10, tenant="parish"):
        assert found.mood.mood_score == 0.0


async def test_while_a_human_is_there_no_mood_calls(world: World, router: FakeRouter) -> None:
    await world.say("Je suis furieux contre vous")
    await world.receive(world.staff("Je vous appelle"))
    await reads(world, router, moods(-1.0, attention=True))
    assert await requests(world) == []


@pytest.mark.parametrize("failure", [Retry("no_model"), moods(7.0), '{"moods": []}'], ids=str)
async def test_rules_read_what_no_model_reads(world: World, router: FakeRouter, failure: Script) -> None:
    await world.say("Votre service est nul, je suis très déçu, c'est une honte")
    await reads(world, router, failure)
    found = await world.conversation()
    assert found.mood.mood_score is not None
    assert found.memory.reflect_at is None
    assert await requests(world) == []  # letters alone do not call


def _text(request: llm.Request | llm.File | str) -> str:
    assert isinstance(request, llm.Request)
    (part,) = request.messages[-1].parts
    assert isinstance(part, llm.Text)
    return part.text


def test_a_pause_is_shorter_than_what_is_tried_again() -> None:
    assert memory.PAUSE + CLAIM < TRIED < timedelta(days=1)
