"""A restored database: what was open at the moment of the data is neither sent nor answered again."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

import pytest

from shared.errors import ConfigurationError
from shared.models.message import Outbound, Status
from shared.platform.pause import KEEP
from shared.platform.store import Where
from shared.upkeep.pausing import Pausing
from shared.upkeep.settling import Settled, Settling
from tests.unit.handoff.desk import CHIEF, ONE, TWO, parish, request, said_to, writes
from tests.world import AWA, World

QUESTION, HUMAN, FIRE = "Quand est la messe ?", "Je voudrais parler à un humain", "Il y a le feu, au feu !"
EMERGENCIES = {"words": ["au feu"]}


class Backup:
    """A copy of the world's database at one moment."""

    def __init__(self, world: World, name: str = "backup") -> None:
        self.at = world.clock.now()
        self._path = world.store._path
        self._copy = self._path.with_suffix(f".{name}")
        _copy(self._path, self._copy)

    def restore(self) -> None:
        _copy(self._copy, self._path)


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as read, sqlite3.connect(target) as write:
        read.backup(write)


async def restored(world: World, backup: Backup) -> list[Settled]:
    """Restores the backup into a paused deployment, settles it and resumes it."""
    backup.restore()
    pausing = Pausing(world.store, world.clock)
    await pausing.pause("restore")
    world.clock.pass_(KEEP.total_seconds())
    found = await settled(world, backup.at)
    await pausing.resume()
    await work(world)
    return found


async def settled(world: World, since: datetime) -> list[Settled]:
    return [each async for each in Settling(world.store, world.clock).settle(since)]


async def work(world: World) -> None:
    """Runs the schedules for ten minutes."""
    for _ in range(4):
        world.clock.pass_(150)
        await world.parts.rounds.run()
        await world.parts.handoff.due.run()
        await world.pump()


async def test_an_answer_that_was_open_is_not_sent_again(world: World) -> None:
    await world.receive(world.message(QUESTION))
    backup = Backup(world)
    await world.pump()
    assert len(world.texts()) == 1
    (held,) = await restored(world, backup)
    assert (held.kind, held.tenant, len(world.texts())) == ("unsent", "parish", 1)
    (message,) = await world.outbound()
    assert (message.status, message.error, message.open) == (Status.UNKNOWN, "restored", False)


async def test_without_settling_it_would_be_sent_again(world: World) -> None:
    await world.receive(world.message(QUESTION))
    backup = Backup(world)
    await world.pump()
    backup.restore()
    await work(world)
    assert len(world.texts()) == 2


async def test_an_operator_may_send_a_held_message_after_all_once(world: World) -> None:
    await world.receive(world.message(QUESTION))
    (held,) = await restored(world, Backup(world))
    settling = Settling(world.store, world.clock)
    world.clock.pass_(86_400)
    assert await settling.release(held.id) == "will be sent"
    await work(world)
    assert len(world.texts()) == 1
    with pytest.raises(ConfigurationError, match="is not held"):
        await settling.release(held.id)


async def test_a_message_without_an_answer_is_not_answered_again_unless_an_operator_asks(
    world: World,
) -> None:
    event = world.message(QUESTION)
    await Pausing(world.store, world.clock).pause("so that its turn waits")
    await world.receive(event)
    backup = Backup(world)
    await Pausing(world.store, world.clock).resume()
    world.clock.pass_(KEEP.total_seconds())
    await work(world)
    assert len(world.texts()) == 1
    (held,) = await restored(world, backup)
    assert (held.kind, len(world.texts())) == ("unanswered", 1)
    (message,) = await world.inbound()
    assert (message.outcome, message.reason) == ("suppressed", "restored")
    await world.receive(event)  # the gateway posts it again
    await work(world)
    assert len(world.texts()) == 1
    assert await Settling(world.store, world.clock).release(held.id) == "will be answered"
    await work(world)
    assert (len(world.texts()), await world.outcomes()) == (2, ["answered"])


async def test_a_lease_of_the_moment_holds_no_later_message_back(world: World) -> None:
    await Pausing(world.store, world.clock).pause("so that its turn waits")
    await world.receive(world.message(QUESTION))
    conversation = await world.conversation()
    conversation.take_turn("m1", world.clock.now(), world.clock.now().replace(year=2027))
    await world.store.put(conversation)
    await restored(world, Backup(world))
    assert (await world.conversation()).turn.lease is None
    await world.say("Et la confession ?")
    assert len(world.texts()) == 1


async def test_newer_messages_are_sent(world: World) -> None:
    await world.receive(world.message(QUESTION))
    since = world.clock.now()
    world.clock.pass_(5)
    await world.receive(world.message("Et la confession ?", peer="+221770000009"))
    await Pausing(world.store, world.clock).pause("restore")
    assert len(await settled(world, since)) == 1
    await Pausing(world.store, world.clock).resume()
    world.clock.pass_(KEEP.total_seconds())
    await work(world)
    assert [to for to, _ in world.channel.sent] == ["221770000009@c.us"]


async def test_settling_again_finds_nothing(world: World) -> None:
    await world.receive(world.message(QUESTION))
    await Pausing(world.store, world.clock).pause("restore")
    world.clock.pass_(1)
    since = world.clock.now()
    world.clock.pass_(1)
    assert len(await settled(world, since)) == 1
    assert await settled(world, since) == []


async def test_a_deployment_at_work_is_not_settled(world: World) -> None:
    with pytest.raises(ConfigurationError, match="not paused"):
        await settled(world, world.clock.now())


@pytest.mark.parametrize("words", [HUMAN, FIRE])
@pytest.mark.parametrize("in_place", [False, True])
async def test_staff_are_told_once_more_of_a_request(tmp_path: Path, words: str, *, in_place: bool) -> None:
    """Also if messages of the time after the backup are still there: an import deletes nothing."""
    world = await parish(tmp_path, emergencies=EMERGENCIES)
    await writes(world, AWA, words)
    backup = Backup(world)
    await work(world)
    for days in (5, 1):  # it is restored twice
        told = {number: len(said_to(world, number)) for number in (AWA, ONE, TWO, CHIEF)}
        later = await _messages(world) if in_place else []
        backup.restore()
        for message in later:
            if await world.store.get(Outbound, **_keys(message)) is None:
                await world.store.put(message)
        merged = Backup(world, "merged")
        merged.at = backup.at
        world.clock.pass_(86_400 * days)
        found = await restored(world, merged)
        assert "request" in [each.kind for each in found]
        again = {number: len(said_to(world, number)) - told[number] for number in (AWA, ONE, TWO, CHIEF)}
        assert again[ONE] == 1
        if words == FIRE:
            assert again == {AWA: 0, ONE: 1, TWO: 1, CHIEF: 1}
        assert (await request(world)).open


async def test_a_request_that_somebody_had_is_told_and_can_be_taken_again(tmp_path: Path) -> None:
    world = await parish(tmp_path)
    await writes(world, AWA, HUMAN)
    await writes(world, ONE, "1")
    backup = Backup(world)
    await writes(world, ONE, "Bonjour, c'est Aminata.")
    heard = said_to(world, AWA)
    await restored(world, backup)
    assert said_to(world, AWA) == heard
    assert (await request(world)).state == "notified"
    await writes(world, ONE, "1")
    assert (await request(world)).holder == "one"
    await writes(world, ONE, "Me revoilà.")
    assert "Me revoilà." in said_to(world, AWA)[-1]


@pytest.mark.parametrize("taken", [False, True], ids=["alone", "beside the desk"])
async def test_a_human_on_the_phone_keeps_the_person_of_a_restored_request(
    tmp_path: Path, *, taken: bool
) -> None:
    world = await parish(tmp_path, emergencies=EMERGENCIES)
    await world.receive(world.staff("Je m'en occupe."))
    await writes(world, AWA, FIRE)
    if taken:
        await writes(world, ONE, "1")
    heard = said_to(world, AWA)
    await restored(world, Backup(world))
    assert (await request(world)).state == "notified"
    await writes(world, AWA, QUESTION)
    assert said_to(world, AWA) == heard
    assert (await world.conversation_of(AWA)).human_present(world.clock.now())
    world.clock.pass_(3600)
    await writes(world, AWA, QUESTION)
    assert len(said_to(world, AWA)) > len(heard)


async def _messages(world: World) -> list[Outbound]:
    where = [Where("direction", "==", "out")]
    return await world.store.query(Outbound, where=where, limit=500, tenant="parish")


def _keys(message: Outbound) -> dict[str, str]:
    return {"tenant": message.tenant, "conversation": message.conversation, "message": message.message}
