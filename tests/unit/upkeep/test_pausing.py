"""A paused deployment takes messages in and sends nothing; resumed, it does all that waited, once."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest

from shared.errors import Retry
from shared.models.deployment import Deployment
from shared.models.document import Document
from shared.models.events import MessageEdited, StaffAnswered
from shared.models.tenant import Channel
from shared.platform.pause import KEEP, Pause
from shared.upkeep.pausing import Pausing
from tests.unit.handoff.desk import CHIEF, ONE, TWO, parish, request, said_to, writes
from tests.world import AWA, FakeChannel, FakePlugins, World

QUESTION = "Quand est la messe ?"
HUMAN = "Je voudrais parler à un humain"
DANGER = "Au secours, je veux mourir"


@pytest.fixture
def pausing(world: World) -> Pausing:
    return Pausing(world.store, world.clock)


async def paused(world: World, why: str = "moving") -> None:
    """Pauses the deployment, and waits until every instance knows."""
    await Pausing(world.store, world.clock).pause(why)
    world.clock.pass_(KEEP.total_seconds())


async def resumed(world: World) -> None:
    """Resumes it, and runs the schedules until nothing is left to do."""
    await Pausing(world.store, world.clock).resume()
    for _ in range(3):
        world.clock.pass_(180)
        await schedules(world)


async def schedules(world: World) -> None:
    await world.parts.rounds.run()
    await world.parts.handoff.due.run()
    await world.pump()


def answer(world: World, handoff: str, act: Literal["take", "say"], text: str = "") -> StaffAnswered:
    """Returns what the chief answers by mail."""
    return StaffAnswered(
        tenant="parish",
        notifier="mail",
        id=f"mail-{act}",
        act=act,
        handoff=handoff,
        who="chief@parish.example",
        text=text,
        at=world.clock.now(),
    )


async def test_a_message_waits_and_is_answered_once_after_resuming(world: World) -> None:
    await paused(world)
    await world.say(QUESTION)
    await schedules(world)
    assert (world.texts(), world.channel.seen, await world.outcomes()) == ([], [], [None])
    await resumed(world)
    assert (len(world.texts()), await world.outcomes()) == (1, ["answered"])


async def test_messages_of_a_pause_are_answered_together_in_the_order_of_writing(world: World) -> None:
    await paused(world)
    earlier = world.clock.now()
    world.clock.pass_(5)
    await world.say("et à quelle heure ?")
    await world.say(QUESTION, at=earlier)
    await resumed(world)
    assert len(world.texts()) == 1
    assert await world.outcomes() == ["merged", "answered"]


async def test_an_answer_that_was_queued_before_the_pause_waits(world: World) -> None:
    await world.receive(world.message(QUESTION))
    await paused(world)
    await world.pump()
    assert (world.texts(), world.bus.waiting) == ([], [])
    world.clock.pass_(3600)
    await schedules(world)
    assert world.texts() == []
    await resumed(world)
    assert len(world.texts()) == 1


async def test_an_edit_starts_no_turn(world: World) -> None:
    await paused(world)
    await world.say(QUESTION, id="Q1")
    edit = world.message("Et la confession ?").model_dump() | {"kind": "edited", "target": "Q1"}
    await world.receive(MessageEdited.model_validate(edit))
    await world.pump()
    assert world.texts() == []


async def test_nothing_is_sent_if_the_pause_cannot_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.receive(world.message(QUESTION))
    world.clock.pass_(KEEP.total_seconds())
    whole = world.store.get

    async def broken(model: type[Document], /, **keys: str) -> Any:
        if model is Deployment:
            raise Retry("store_unreachable")
        return await whole(model, **keys)

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "get", broken)
        await world.pump()
        assert (world.texts(), len(world.bus.waiting)) == ([], 1)
        with pytest.raises(Retry):
            await world.parts.rounds.run()
        with pytest.raises(Retry):
            await world.parts.handoff.due.run()
    await world.pump()
    assert len(world.texts()) == 1


async def test_an_instance_reads_the_state_once_in_twenty_seconds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    whole = world.store.get

    async def counted(model: type[Document], /, **keys: str) -> Any:
        read.append(model.__name__)
        return await whole(model, **keys)

    monkeypatch.setattr(world.store, "get", counted)
    pause = Pause(world.store, world.clock)
    for _ in range(5):
        assert not await pause.in_force()
    assert read == ["Deployment"]
    world.clock.pass_(KEEP.total_seconds())
    await pause.in_force()
    assert len(read) == 2


async def test_a_request_is_told_to_nobody_until_the_deployment_resumes(tmp_path: Path) -> None:
    world = await parish(tmp_path)
    await writes(world, AWA, HUMAN)
    told = len(said_to(world, ONE))
    await paused(world)
    for _ in range(3):
        world.clock.pass_(600)
        await schedules(world)
    assert (len(said_to(world, ONE)), said_to(world, TWO), world.notifier.told) == (told, [], [])
    await resumed(world)
    assert len(said_to(world, TWO)) == 1


async def test_an_emergency_of_a_pause_is_told_to_everybody_once_after_it(tmp_path: Path) -> None:
    world = await parish(tmp_path, emergencies={"words": ["mourir"]})
    await paused(world)
    await writes(world, AWA, DANGER)
    await schedules(world)
    assert world.channel.sent == []
    assert (await request(world)).urgent
    backlog = await Pausing(world.store, world.clock).backlog()
    assert (backlog.conversations, backlog.requests, backlog.emergencies) == (1, 1, 1)
    await resumed(world)
    assert [len(said_to(world, number)) for number in (ONE, TWO, CHIEF)] == [1, 1, 1]
    assert len(said_to(world, AWA)) >= 1


async def test_words_of_staff_are_kept_and_sent_after_the_pause(tmp_path: Path) -> None:
    world = await parish(tmp_path)
    await writes(world, AWA, HUMAN)
    made = await request(world)
    before = len(said_to(world, AWA))
    await paused(world)
    event = answer(world, made.handoff, "say", "J'arrive.")
    await world.parts.handoff.handle(event)
    await world.pump()
    assert len(said_to(world, AWA)) == before
    await resumed(world)
    assert said_to(world, AWA)[before:].count("J'arrive.") == 1


async def test_a_paused_deployment_asks_no_gateway_and_says_in_its_log_that_it_is_paused(
    world: World, lines: list[dict[str, Any]]
) -> None:
    await paused(world)
    world.clock.pass_(timedelta(days=2).total_seconds())
    await schedules(world)
    channel = await world.store.get(Channel, tenant="parish", channel="waha")
    assert channel is not None
    assert channel.health is None
    (said,) = [line for line in lines if line["event"] == "paused"]
    assert said["seconds"] > 86_400
    assert not any(line["event"] == "ledger" for line in lines)


async def test_the_pause_keeps_its_time_and_reports_what_is_held(world: World, pausing: Pausing) -> None:
    first = await pausing.pause("moving")
    world.clock.pass_(60)
    again = await pausing.pause("")
    assert (again.paused_at, again.why) == (first.paused_at, "moving")
    await pausing.resume()
    await world.receive(world.message(QUESTION))
    held: list[str] = []

    class Slow(FakeChannel):
        async def send(self, to: str, part: Any, *, turn: str) -> Any:
            held.extend(await pausing.in_flight())
            return await super().send(to, part, turn=turn)

    world.channel = Slow()
    world.rebuild(FakePlugins(world))
    await world.pump()
    assert [place.rsplit("/", 1)[0].rsplit("/", 1)[1] for place in held] == ["messages"]
    assert await pausing.in_flight() == []


async def test_words_for_staff_by_a_notifier_wait_and_are_relayed_once(tmp_path: Path) -> None:
    world = await parish(tmp_path)
    await writes(world, AWA, HUMAN)
    made = await request(world)
    await world.parts.handoff.handle(answer(world, made.handoff, "take"))
    await world.pump()
    told = len(world.notifier.told)
    await paused(world)
    await writes(world, AWA, "Êtes-vous là ?")
    await schedules(world)
    assert len(world.notifier.told) == told
    await resumed(world)
    assert ["Êtes-vous là ?" in notice.text for _, notice in world.notifier.told[told:]] == [True]
