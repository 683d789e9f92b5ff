"""A restored database: messages of triggers that were sent since its moment are not sent again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.conversation.conversation import Conversation
from shared.errors import ConfigurationError
from shared.models.attributes import Value
from shared.models.occurrence import Occurrence
from shared.models.trigger import Trigger
from shared.platform.pause import KEEP
from shared.platform.store import Where
from shared.upkeep.pausing import Pausing
from shared.upkeep.settling import Settled, Settling
from tests.unit.triggers.book import (
    BEFORE,
    BINTA,
    day,
    know,
    parish,
    schedule,
    states,
    tenant_of,
    tick,
    until,
)
from tests.unit.upkeep.test_settling import Backup, settled
from tests.world import AWA, START, World

TEXT = "À demain, Awa !"
SAYS = {"fr": {"text": "Bonjour {{ name }}"}}
DAILY = {"when": {"cron": "0 10 * * *"}, "says": SAYS}
BROADCAST = {"when": {"once": "confirmed"}, "says": SAYS}
#: A guest of the day after tomorrow: the message is due tomorrow at ten.
GUEST: dict[str, Value] = {"check_in": day(2)}


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path, {"arrival": BEFORE})


async def restored(world: World, backup: Backup) -> list[Settled]:
    """Pauses the deployment, restores the backup into it, settles it and resumes it."""
    pausing = Pausing(world.store, world.clock)
    backup.restore()
    await pausing.pause("restore")
    world.clock.pass_(KEEP.total_seconds())
    found = await settled(world, backup.at)
    await resumed(world)
    return found


async def resumed(world: World) -> None:
    await Pausing(world.store, world.clock).resume()
    for _ in range(3):
        await tick(world, 5)


def tomorrow(minutes: float = 60) -> Any:
    return START + timedelta(days=1, minutes=minutes)


async def test_a_message_that_was_sent_since_is_not_sent_again(world: World) -> None:
    await know(world, attributes=GUEST)
    backup = Backup(world)
    await until(world, tomorrow())
    assert world.texts() == [TEXT]
    (held,) = await restored(world, backup)
    (one,) = await schedule(world)
    assert (held.kind, held.tenant, held.id) == ("occurrence", "parish", f"parish/schedule/{one.occurrence}")
    assert (one.state, one.why) == ("skipped", "it may have been sent before the database was restored")
    assert world.texts() == [TEXT]


async def test_without_settling_it_would_be_sent_again(world: World) -> None:
    await know(world, attributes=GUEST)
    backup = Backup(world)
    await until(world, tomorrow())
    backup.restore()
    await tick(world, 5)
    assert world.texts() == [TEXT, TEXT]


async def test_an_operator_may_send_one_after_all_once(world: World) -> None:
    await know(world, attributes=GUEST)
    backup = Backup(world)
    world.clock.time = tomorrow()  # it was not sent
    (held,) = await restored(world, backup)
    assert world.texts() == []
    settling = Settling(world.store, world.clock)
    assert await settling.release(held.id) == "will be sent"
    await tick(world, 1)
    assert world.texts() == [TEXT]
    with pytest.raises(ConfigurationError, match="is not held"):
        await settling.release(held.id)


async def test_one_that_comes_due_in_the_pause_is_sent_after_it(world: World) -> None:
    await know(world, attributes=GUEST)
    backup = Backup(world)
    await Pausing(world.store, world.clock).pause("restore")
    backup.restore()
    await Pausing(world.store, world.clock).pause("restore")
    assert (await Pausing(world.store, world.clock).backlog()).occurrences == 0
    world.clock.time = tomorrow()
    assert (await Pausing(world.store, world.clock).backlog()).occurrences == 1
    assert await settled(world, backup.at) == []
    await resumed(world)
    assert world.texts() == [TEXT]


async def test_the_messages_to_come_are_sent_once_each(world: World) -> None:
    await know(world, attributes={"check_in": day(5)})
    backup = Backup(world)
    await until(world, tomorrow())
    assert await restored(world, backup) == []
    await until(world, START + timedelta(days=6))
    assert world.texts() == [TEXT]


async def test_a_recurring_message_goes_on_with_the_next_day(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": DAILY})
    await know(world)
    backup = Backup(world)
    await until(world, START + timedelta(days=3, hours=2))
    assert len(world.texts()) == 3
    assert [each.kind for each in await restored(world, backup)] == ["occurrence"]
    assert len(world.texts()) == 3
    assert await states(world) == [(f"{day(1)}T10:00", "skipped"), (f"{day(4)}T10:00", "planned")]
    await until(world, START + timedelta(days=5, hours=2))
    assert len(world.texts()) == 5


async def test_a_released_message_of_a_recurring_trigger_is_the_only_one(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": DAILY})
    await know(world)
    backup = Backup(world)
    await until(world, START + timedelta(days=3, hours=2))
    (held,) = await restored(world, backup)
    await Settling(world.store, world.clock).release(held.id)
    for _ in range(3):
        await tick(world, 5)
    assert len(world.texts()) == 4
    assert await states(world) == [(f"{day(1)}T10:00", "sent"), (f"{day(4)}T10:00", "planned")]


async def test_a_birthday_comes_again_next_year(tmp_path: Path) -> None:
    birthday = {"when": {"birthday": "birth", "at": "11:00"}, "says": SAYS}
    world = await parish(tmp_path, {"birthday": birthday})
    await know(world, attributes={"birth": "1980-11-20"})
    backup = Backup(world)
    await until(world, START + timedelta(hours=2))
    await restored(world, backup)
    assert await states(world) == [("2026-11-20T11:00", "skipped"), ("2027-11-20T11:00", "planned")]
    assert len(world.texts()) == 1


async def test_a_contact_that_was_to_be_planned_gets_nothing_again(world: World) -> None:
    awa = await know(world, attributes={})
    awa.attributes, awa.plan_at = GUEST, world.clock.now()
    await world.store.put(awa)
    backup = Backup(world)
    await until(world, tomorrow())
    assert await restored(world, backup) == []
    assert world.texts() == [TEXT]


async def test_people_whom_a_broadcast_had_not_reached_yet_get_nothing_again(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"news": BROADCAST})
    await know(world)
    await know(world, "Binta", BINTA)
    broadcasts = world.parts.triggers.looking._broadcasts
    rule = await broadcasts.rule(await tenant_of(world), "news")
    await broadcasts.confirm(await tenant_of(world), rule, 2, "an administrator")
    backup = Backup(world)
    await until(world, START + timedelta(hours=1))
    assert len(world.texts()) == 2
    await restored(world, backup)
    await until(world, START + timedelta(hours=3))
    assert len(world.texts()) == 2


async def test_a_silence_that_was_noticed_is_not_noticed_again(tmp_path: Path) -> None:
    silence = {"when": {"silence": "2h"}, "says": SAYS}
    world = await parish(tmp_path, {"silence": silence})
    world.clock.pass_(120)  # the tenant's document is kept for a minute
    await world.say("Quand est la messe ?", peer=AWA)
    backup = Backup(world)
    await until(world, START + timedelta(hours=4))
    before = len(world.texts())
    assert before == 2
    await restored(world, backup)
    await until(world, START + timedelta(hours=8))
    assert len(world.texts()) == before


async def test_one_whose_message_is_still_there_was_sent(world: World) -> None:
    """An import leaves the documents that came after the backup."""
    await know(world, attributes=GUEST)
    backup = Backup(world)
    await until(world, tomorrow())
    (message,), conversations = await world.outbound(), await all_conversations(world)
    backup.restore()
    for document in (message, *conversations):
        await world.store.put(document)
    merged = Backup(world, "merged")
    merged.at = backup.at
    assert await restored(world, merged) == []
    (one,) = await schedule(world)
    assert (one.state, one.message, one.conversation) == ("sent", message.message, message.conversation)
    assert world.texts() == [TEXT]


async def test_one_that_began_after_the_backup_is_sent(world: World) -> None:
    backup = Backup(world)
    world.clock.pass_(60)
    awa = await know(world, attributes=GUEST)
    later: Mapping[str, Any] = {"awa": awa, "one": (await schedule(world))[0]}
    backup.restore()
    for document in later.values():
        await world.store.put(document)
    merged = Backup(world, "merged")
    merged.at = backup.at
    world.clock.time = tomorrow()
    assert await restored(world, merged) == []
    assert world.texts() == [TEXT]


async def test_settling_again_finds_nothing(world: World) -> None:
    await know(world, attributes=GUEST)
    since = world.clock.now()
    world.clock.time = tomorrow()
    await Pausing(world.store, world.clock).pause("restore")
    assert len(await settled(world, since)) == 1
    assert await settled(world, since) == []
    found = await world.store.get(Trigger, tenant="parish", trigger="arrival")
    assert found is not None
    assert found.restored_at is not None
    where = [Where("state", "==", "planned"), Where("trigger", "==", "arrival")]
    assert await world.store.count(Occurrence, where=where, tenant="parish") == 0


async def all_conversations(world: World) -> list[Conversation]:
    return list(await world.store.query(Conversation, limit=10, tenant="parish"))
