"""The pace of messages that we begin: a batch of work uses no more of it than its messages need."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from shared.models.pace import ChannelPace
from shared.models.terms import Pace
from shared.triggers.slots import Slots
from tests.unit.triggers.book import know, parish, schedule, until
from tests.world import START

AT_NOON = {"when": {"cron": "0 12 * * *"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}}
EVERY = timedelta(seconds=6)


async def test_a_batch_uses_as_many_slots_as_it_sends_messages(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"noon": AT_NOON})
    world.channel.terms = replace(world.channel.terms, begun=Pace(burst=20, every=EVERY))
    for number in range(10):
        await know(world, phone=f"+22177000010{number}", name="Awa" if number % 2 else "")
    later = START + timedelta(hours=2, minutes=1)
    await until(world, later, timedelta(minutes=1))
    assert len(world.texts()) == 5
    pace = await world.store.get(ChannelPace, tenant="parish", channel="waha")
    assert pace is not None
    assert pace.until is not None
    assert pace.until == later + 5 * EVERY


async def test_a_batch_of_which_few_are_sent_takes_few_slots_from_others(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"noon": AT_NOON})
    world.channel.terms = replace(world.channel.terms, begun=Pace(burst=4, every=EVERY))
    slots = Slots(world.store, world.clock, "parish", 20)
    await slots.take("waha", world.channel.terms, "one")
    pace = await world.store.get(ChannelPace, tenant="parish", channel="waha")
    assert pace is not None
    assert pace.until == world.clock.now() + 2 * EVERY


async def test_one_that_is_left_out_gives_its_slot_to_the_next(tmp_path: Path) -> None:
    often = {"when": {"cron": "0 12,13 * * *"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}}
    world = await parish(tmp_path, {"often": often | {"late": {"policy": "latest_only"}}})
    await know(world)
    free, busy = START + timedelta(hours=4), START + timedelta(hours=9)
    world.channel.terms = replace(world.channel.terms, begun=Pace(burst=1, every=EVERY))
    await world.store.put(ChannelPace(tenant="parish", channel="waha", until=free))
    await until(world, START + timedelta(hours=2, minutes=1))
    await world.store.put(ChannelPace(tenant="parish", channel="waha", until=busy))
    await until(world, free + timedelta(minutes=5), timedelta(minutes=1))
    assert world.texts() == ["Bonjour Awa"]


async def test_people_whom_staff_write_to_first_are_planned_for(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"noon": AT_NOON})
    await world.receive(world.staff("Bonjour !"))
    await world.say("Merci")
    await until(world, START + timedelta(hours=2, minutes=20))
    assert "Bonjour Awa" in world.texts()


async def test_one_that_waited_for_the_pace_of_the_one_before_is_not_late(tmp_path: Path) -> None:
    night = {"when": {"cron": "46 0,3 * * *"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}}
    patient = night | {"late": {"policy": "skip_if_older_than", "hours": 1}}
    world = await parish(tmp_path, {"night": patient}, messaging={"quiet": "21:00-08:00"})
    await know(world)
    busy = START + timedelta(hours=24)
    await world.store.put(ChannelPace(tenant="parish", channel="waha", until=busy))
    world.channel.terms = replace(world.channel.terms, begun=Pace(burst=1, every=EVERY))
    await until(world, busy + timedelta(minutes=20))
    ended = [each.state for each in await schedule(world)][:2]
    assert ended == ["sent", "sent"]
    assert world.texts() == ["Bonjour Awa", "Bonjour Awa"]


async def test_after_an_outage_none_of_the_late_ones_is_sent(tmp_path: Path) -> None:
    night = {"when": {"cron": "46 0,3 * * *"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}}
    patient = night | {"late": {"policy": "skip_if_older_than", "hours": 1}}
    world = await parish(tmp_path, {"night": patient}, messaging={"quiet": "21:00-08:00"})
    await know(world)
    world.clock.time = START + timedelta(hours=24)
    await until(world, START + timedelta(hours=24, minutes=20))
    ended = [each.state for each in await schedule(world)][:2]
    assert ended == ["skipped", "skipped"]
    assert world.texts() == []
