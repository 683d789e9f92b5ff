"""Notices by a notifier: each is called for once, whatever is lost between its record and its call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from shared.errors import Retry
from shared.models.events import StaffAnswered
from shared.models.notification import Notification
from shared.notifiers import Refused, Unclear
from tests.unit.handoff.desk import ONE, parish, request, said_to, tick, writes
from tests.world import AWA, World


@pytest.fixture
async def world(tmp_path: Path) -> World:
    """A request that the chief took by the reply to a mail."""
    world = await parish(tmp_path)
    await world.say("Je voudrais parler à quelqu'un")
    for _ in range(3):
        await tick(world, 3.1)
    await answers(world, "take", "mail-1")
    world.notifier.told.clear()
    return world


async def answers(world: World, act: str, id: str) -> None:
    facts: dict[str, Any] = {"tenant": "parish", "notifier": "mail", "id": id, "act": act, "text": "Bonjour"}
    facts |= {"at": world.clock.now(), "who": "chief@parish.example"}
    event = StaffAnswered.model_validate(facts | {"handoff": (await request(world)).handoff})
    await world.ports.bus.publish("handoffs", event.model_dump_json().encode(), attributes={})
    await world.pump()


def lose_answer(world: World, monkeypatch: pytest.MonkeyPatch, fits: Callable[[Any], bool]) -> None:
    """Loses the answer of the next transaction whose result fits: it is committed, and its caller fails."""
    transaction = world.store.transaction
    lost: list[Any] = []

    async def losing(work: Callable[[Any], Awaitable[Any]]) -> Any:
        result = await transaction(work)
        if not lost and fits(result):
            lost.append(result)
            raise Retry("answer_lost")
        return result

    monkeypatch.setattr(world.store, "transaction", losing)


async def test_words_are_paged_though_the_answer_to_their_record_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_answer(world, monkeypatch, lambda result: isinstance(result, Notification))
    await writes(world, AWA, "Vous êtes là ?")
    await world.pump()
    for _ in range(4):
        await tick(world, 1)
    assert [notice.text for _, notice in world.notifier.told] == ["Vous êtes là ?"]


async def test_words_are_paged_though_the_answer_to_their_claim_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lose_answer(world, monkeypatch, lambda result: result is True)
    await writes(world, AWA, "Vous êtes là ?")
    for _ in range(4):
        await tick(world, 1)
    assert [notice.text for _, notice in world.notifier.told] == ["Vous êtes là ?"]


async def test_a_refusal_is_paged_though_the_answer_to_its_record_is_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await answers(world, "close", "mail-2")
    create = world.store.create
    lost: list[Any] = []

    async def losing(doc: Any) -> None:
        await create(doc)
        if not lost:
            lost.append(doc)
            raise Retry("answer_lost")

    monkeypatch.setattr(world.store, "create", losing)
    await answers(world, "say", "mail-3")
    await world.pump()
    assert lost
    assert len(world.notifier.told) == 1


async def test_words_that_may_not_have_arrived_call_the_others(world: World) -> None:
    world.notifier.results = [Unclear("timeout")]
    await writes(world, AWA, "Vous êtes là ?")
    await tick(world, 1)
    await tick(world, 1)
    found = await request(world)
    assert found.holder == ""
    assert "reopened" in [step.step for step in found.steps]
    assert ONE in {chat for chat in (f"+{chat.partition('@')[0]}" for chat, _ in world.channel.sent)}


async def test_words_that_wait_while_nobody_has_the_request_reach_the_next_who_takes_it(
    world: World,
) -> None:
    world.notifier.results = [Refused("no such address")]
    await writes(world, AWA, "Vous êtes là ?")
    await world.receive(world.message("J'ai perdu mon livret"))
    relays, world.bus.waiting = world.bus.waiting, []
    await tick(world, 1)
    assert (await request(world)).holder == ""
    world.bus.waiting = relays
    await world.pump()
    await writes(world, ONE, "#take")
    await tick(world, 3)
    assert "*#1 Awa*\nJ'ai perdu mon livret" in said_to(world, ONE)


async def test_words_for_a_notifier_take_nothing_from_a_human_on_the_phone(world: World) -> None:
    await world.receive(world.message("Vous êtes là ?"))
    relays, world.bus.waiting = world.bus.waiting, []
    await world.receive(world.staff("Je m'en occupe"))
    world.bus.waiting = relays
    await world.pump()
    await tick(world, 1)
    found = await request(world)
    assert (found.state, found.holder) == ("taken", "phone")
    assert (await world.conversation_of(AWA)).human_present(world.clock.now())


async def test_words_for_a_notifier_follow_the_request_to_a_channel(world: World) -> None:
    await world.receive(world.message("Vous êtes là ?"))
    relays, world.bus.waiting = world.bus.waiting, []
    found = await request(world)
    await world.store.put(found.model_copy(update={"transfer_to": "one"}))
    await writes(world, ONE, "#take 1")
    world.bus.waiting += relays
    await world.pump()
    await tick(world, 3)
    assert (await request(world)).holder == "one"
    assert "*#1 Awa*\nVous êtes là ?" in said_to(world, ONE)
