"""Each kind of trigger begins its messages at the right moments, and no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shared.models.trigger import Trigger
from shared.platform import effects
from shared.triggers.broadcasts import Broadcasts
from shared.triggers.rules import Rules
from tests.unit.handoff.desk import ONE, take, writes
from tests.unit.handoff.desk import parish as staffed
from tests.unit.handoff.desk import tick as tick_handoff
from tests.unit.triggers.book import (
    BINTA,
    change,
    day,
    declare,
    know,
    parish,
    schedule,
    states,
    tenant_of,
    tick,
    until,
)
from tests.world import AWA, START, World

SAYS = {"fr": {"text": "Bonjour {{ name }}"}}
WINDOW = timedelta(hours=24)


async def one(folder: Path, when: dict[str, Any], **more: Any) -> World:
    return await parish(folder, {"t": {"when": when, "says": SAYS, **more}})


async def broadcasts(world: World) -> Broadcasts:
    return Broadcasts(world.store, world.clock, Rules(world.store))


async def trigger(world: World, name: str = "t") -> Trigger:
    found = await world.store.get(Trigger, tenant="parish", trigger=name)
    assert found is not None
    return found


async def test_after_a_date(tmp_path: Path) -> None:
    world = await one(tmp_path, {"after": "check_in", "days": 1, "at": "09:30"})
    await know(world, attributes={"check_in": day(1)})
    assert await states(world) == [(f"{day(2)}T09:30", "planned")]


async def test_each_birthday(tmp_path: Path) -> None:
    world = await one(tmp_path, {"birthday": "birth", "at": "09:00"})
    await know(world, attributes={"birth": "1980-02-29"})
    await until(world, datetime.fromisoformat("2028-03-02T00:00:00+00:00"), timedelta(hours=11))
    assert await states(world) == [
        ("2027-02-28T09:00", "sent"),
        ("2028-02-29T09:00", "sent"),
        ("2029-02-28T09:00", "planned"),
    ]


async def test_each_friday_evening(tmp_path: Path) -> None:
    world = await one(tmp_path, {"cron": "0 18 * * 5"})
    await know(world)
    await until(world, START + timedelta(days=15), timedelta(hours=3))
    assert len(world.texts()) == 3
    assert [state for _, state in await states(world)] == ["sent", "sent", "sent", "planned"]


async def test_a_new_contact_joins_a_recurring_trigger(tmp_path: Path) -> None:
    world = await one(tmp_path, {"cron": "0 18 * * 5"})
    world.clock.pass_(61)  # the core knows of a new trigger within a minute
    await world.say("Quand est la messe ?")
    await tick(world, 1)
    assert await states(world) == [(f"{day(0)}T18:00", "planned")]


async def test_a_broadcast_waits_for_a_confirmation_that_names_the_count(tmp_path: Path) -> None:
    world = await one(tmp_path, {"once": f"{day(1)}T10:00"})
    await know(world)
    await know(world, "Binta", BINTA)
    await tick(world, 1)
    assert await schedule(world) == []
    assert "2 people" in (await trigger(world)).why
    found = await trigger(world)
    await world.store.put(found.model_copy(update={"confirm": 3}))
    await tick(world, 2)
    assert "meant for 2 people, not 3" in (await trigger(world)).refused
    await world.store.put((await trigger(world)).model_copy(update={"confirm": 2}))
    await tick(world, 2)
    assert [state for _, state in await states(world)] == ["planned", "planned"]
    await until(world, START + timedelta(days=1, hours=1))
    assert sorted(world.texts()) == ["Bonjour Awa", "Bonjour Binta"]
    progress = (await trigger(world)).progress
    assert progress is not None
    assert (progress.sent, progress.planned) == (2, 0)


async def test_a_broadcast_that_nobody_confirms_does_not_read_everybody_each_minute(tmp_path: Path) -> None:
    world = await one(tmp_path, {"once": f"{day(5)}T10:00"})
    awa = await know(world)
    for place in range(299):
        await world.store.put(awa.model_copy(update={"contact": f"c-a{place}", "plan_at": None}))
    await tick(world, 1)
    assert "300 people" in (await trigger(world)).why
    await world.store.put(awa.model_copy(update={"contact": "c-b", "plan_at": None}))
    account = effects.begin()
    await tick(world, 1)
    assert account.reads < 30
    await tick(world, 2)
    assert "301 people" in (await trigger(world)).why
    await world.store.put(awa.model_copy(update={"contact": "c-c", "plan_at": None}))
    await world.store.put((await trigger(world)).model_copy(update={"confirm": 302}))
    await tick(world, 1)
    assert (await trigger(world)).confirmed is not None  # counted anew, whatever was shown


async def test_people_who_come_after_the_confirmation_are_not_in_the_broadcast(tmp_path: Path) -> None:
    world = await one(tmp_path, {"once": f"{day(1)}T10:00"})
    await know(world)
    doing, tenant = await broadcasts(world), await tenant_of(world)
    await doing.confirm(tenant, await doing.rule(tenant, "t"), 1, "chief")
    await tick(world, 1)
    await know(world, "Binta", BINTA)
    await until(world, START + timedelta(days=1, hours=1))
    assert world.texts() == ["Bonjour Awa"]


async def test_a_broadcast_that_was_changed_after_its_confirmation_is_not_sent(tmp_path: Path) -> None:
    world = await one(tmp_path, {"once": f"{day(1)}T10:00"})
    await know(world)
    doing, tenant = await broadcasts(world), await tenant_of(world)
    await doing.confirm(tenant, await doing.rule(tenant, "t"), 1, "chief")
    await tick(world, 1)
    await declare(world, "t", {"when": {"once": f"{day(1)}T10:00"}, "says": {"fr": {"text": "Oups"}}})
    await until(world, START + timedelta(days=1, hours=1))
    assert world.texts() == []


async def test_a_broadcast_can_be_paused_and_resumed(tmp_path: Path) -> None:
    world = await one(tmp_path, {"once": f"{day(1)}T10:00"})
    await know(world)
    doing, tenant = await broadcasts(world), await tenant_of(world)
    await doing.confirm(tenant, await doing.rule(tenant, "t"), 1, "chief")
    await tick(world, 1)
    await doing.switch(tenant, "t", "paused")
    await until(world, START + timedelta(days=1, hours=1))
    assert world.texts() == []
    assert [state for _, state in await states(world)] == ["cancelled"]
    await doing.switch(tenant, "t", "active")
    for _ in range(3):
        await tick(world, 1)
    assert world.texts() == ["Bonjour Awa"]


async def test_a_stopped_trigger_cancels_all_that_is_planned(tmp_path: Path) -> None:
    world = await one(tmp_path, {"cron": "0 18 * * 5"})
    await know(world)
    doing = await broadcasts(world)
    await doing.switch(await tenant_of(world), "t", "stopped")
    await tick(world, 1)
    assert [state for _, state in await states(world)] == ["cancelled"]


async def test_an_edited_trigger_moves_what_is_planned(tmp_path: Path) -> None:
    world = await one(tmp_path, {"before": "check_in", "days": 1, "at": "10:00"})
    await know(world, attributes={"check_in": day(3)})
    await declare(world, "t", {"when": {"before": "check_in", "days": 1, "at": "12:00"}, "says": SAYS})
    await tick(world, 1)
    assert await states(world) == [(f"{day(2)}T12:00", "planned")]
    await declare(world, "t", {"when": {"before": "check_in", "days": 2, "at": "12:00"}, "says": SAYS})
    await tick(world, 1)
    assert await states(world) == [(f"{day(1)}T12:00", "planned"), (f"{day(2)}T12:00", "cancelled")]


async def test_an_edit_after_the_message_was_sent_sends_no_second_one(tmp_path: Path) -> None:
    world = await one(tmp_path, {"before": "check_in", "days": 1, "at": "10:00"})
    await know(world, attributes={"check_in": day(3)})
    await until(world, START + timedelta(days=2, minutes=20))
    await declare(world, "t", {"when": {"before": "check_in", "days": 1, "at": "11:00"}, "says": SAYS})
    await until(world, START + timedelta(days=2, hours=3))
    assert len(world.texts()) == 1


async def test_silence_for_some_hours_begins_one_message(tmp_path: Path) -> None:
    world = await one(tmp_path, {"silence": "3h"})
    await tick(world, 1)
    await world.say("Quand est la messe ?")
    await until(world, START + timedelta(hours=2, minutes=55))
    assert len(world.texts()) == 1
    await until(world, START + timedelta(hours=9))
    assert world.texts()[1:] == ["Bonjour Awa"]
    await world.say("Merci")
    await until(world, START + timedelta(hours=9, minutes=30))
    assert len([text for text in world.texts() if text == "Bonjour Awa"]) == 1


async def test_two_hours_before_the_window_closes(tmp_path: Path) -> None:
    world = await parish(
        tmp_path, {"t": {"when": {"before_window_closes": "2h"}, "says": SAYS}}, messaging={"quiet": None}
    )
    world.channel.terms = replace(world.channel.terms, window=WINDOW)
    await tick(world, 1)
    await world.say("Quand est la messe ?")
    await until(world, START + timedelta(hours=21, minutes=45))
    assert len(world.texts()) == 1
    await until(world, START + timedelta(hours=22, minutes=20))
    assert world.texts()[1:] == ["Bonjour Awa"]


async def test_a_new_contact_is_welcomed_once(tmp_path: Path) -> None:
    world = await one(tmp_path, {"event": "new_contact", "delay": "30m"})
    await tick(world, 1)
    await world.say("Quand est la messe ?")
    await until(world, START + timedelta(minutes=28))
    assert len(world.texts()) == 1
    await world.say("Et les confessions ?")
    await until(world, START + timedelta(hours=3))
    assert world.texts().count("Bonjour Awa") == 1


async def test_the_end_of_a_talk_and_a_rating_are_events(tmp_path: Path) -> None:
    world = await staffed(tmp_path)
    tenant = await tenant_of(world)
    events = {
        "closed": {"when": {"event": "handoff_closed", "delay": "15m"}, "says": {"fr": {"text": "Merci !"}}},
        "rated": {"when": {"event": "rating_given"}, "says": {"fr": {"text": "Bien noté"}}},
    }
    await world.store.put(tenant.model_copy(update={"attributes": {}}))
    for name, definition in events.items():
        await declare(world, name, definition)
    await tick(world)
    world.clock.pass_(61)
    await take(world)
    await writes(world, ONE, "#close")
    await tick_handoff(world, 1)
    await tick(world, 16)
    assert [text for to, text in world.channel.sent if to == f"{AWA[1:]}@c.us"][-1] == "Merci !"


async def test_the_zone_of_a_contact_is_theirs(tmp_path: Path) -> None:
    world = await one(tmp_path, {"before": "check_in", "days": 1, "at": "10:00"})
    paris = await know(world, attributes={"check_in": day(3)}, timezone="Europe/Paris")
    (found,) = await schedule(world)
    assert (found.local, found.planned_for.hour) == (f"{day(2)}T10:00", 9)
    await change(world, paris, timezone="America/New_York")
    (found,) = await schedule(world)
    assert (found.local, found.planned_for.hour) == (f"{day(2)}T10:00", 15)


async def test_a_wrong_definition_in_the_console_stops_that_trigger_alone_and_says_why(
    tmp_path: Path,
) -> None:
    world = await parish(
        tmp_path,
        {
            "good": {"when": {"cron": "0 18 * * 5"}, "says": SAYS},
            "bad": {"when": {"cron": "0 9 * * 1"}, "says": SAYS},
        },
    )
    await know(world)
    found = await trigger(world, "bad")
    broken = {"when": {"cron": "0 0 30 2 *"}, "says": {"fr": {"text": "{{ nobody }}"}}}
    await world.store.put(found.model_copy(update={"definition": broken}))
    await until(world, START + timedelta(days=4), timedelta(minutes=30))
    assert world.texts() == ["Bonjour Awa"]
    refused = await trigger(world, "bad")
    assert "nobody" in refused.problem
    assert "cron" in refused.problem
