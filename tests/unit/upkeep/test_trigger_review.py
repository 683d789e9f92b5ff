"""An operator's view of triggers: it is true afterwards, and looking changes nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.conversation.conversation import Conversation
from shared.errors import ConfigurationError
from shared.models.occurrence import Occurrence
from shared.models.people import Contact, Permission, Standing
from shared.models.trigger import Trigger
from shared.upkeep.outlook import Outlook
from shared.wiring import trigger_review
from tests.unit.triggers.book import BEFORE, BINTA, change, day, declare, know, parish, schedule, tick, until
from tests.world import AWA, START, World

GROUP: dict[str, Any] = {
    "when": {"once": "confirmed"},
    "who": 'group == "choir"',
    "says": {"fr": {"text": "Répétition, {{ name }} !"}, "en": {"text": "Rehearsal, {{ name }}!"}},
}
WEEKLY: dict[str, Any] = {"when": {"cron": "0 18 * * FRI"}, "says": {"fr": {"text": "Demain, {{ group }}."}}}
SILENT: dict[str, Any] = {"when": {"silence": "2h"}, "says": {"fr": {"text": "Autre chose ?"}}}
MET: dict[str, Any] = {
    "when": {"event": "new_contact", "delay": "10m"},
    "says": {"fr": {"text": "Bienvenue"}},
}


@pytest.fixture
async def world(tmp_path: Path) -> World:
    triggers = {"arrival": BEFORE, "choir": GROUP, "weekly": WEEKLY, "silent": SILENT, "met": MET}
    return await parish(tmp_path, triggers)


async def look(world: World, trigger: str, contact: str) -> Outlook:
    """Returns the outlook, and checks that the look wrote nothing."""
    review = trigger_review.wire(world.ports, world.parts.directory)
    before = await everything(world)
    tenant, rule = await review.triggers.rule("parish", trigger)
    found = await review.previews.for_one(tenant, rule, contact)
    await review.previews.of(tenant, rule)
    assert await everything(world) == before
    return found


async def everything(world: World) -> list[str]:
    found = [
        await world.store.query(model, limit=1000, tenant="parish")
        for model in (Contact, Conversation, Occurrence, Trigger)
    ]
    return sorted(json.dumps(each.model_dump(mode="json")) for docs in found for each in docs)


def words(outlook: Outlook) -> list[str]:
    return [getattr(part, "text", "") for part in outlook.worded.parts] if outlook.worded else []


@pytest.mark.parametrize(
    ("trigger", "at"),
    [("arrival", START + timedelta(days=2)), ("weekly", START + timedelta(hours=8))],
)
async def test_a_person_gets_then_what_was_shown_before(world: World, trigger: str, at: Any) -> None:
    await know(world, attributes={"check_in": day(3), "group": "choir"})
    shown = await look(world, trigger, AWA)
    assert (shown.why, shown.channel) == ("", "waha")
    assert shown.at is not None
    assert timedelta() <= shown.at - at < timedelta(seconds=1)
    await until(world, at - timedelta(minutes=1))
    sent = len(world.texts())
    await tick(world, 2)
    assert world.texts()[sent:] == words(shown)


@pytest.mark.parametrize(
    ("trigger", "fields", "why"),
    [
        ("arrival", {"permissions": {}}, "the person has not agreed to service messages"),
        ("arrival", {"standing": Standing.OPTED_OUT}, "the person is opted out"),
        ("arrival", {"attributes": {}}, "check_in is not known of this person"),
        ("arrival", {"attributes": {"check_in": day(-9)}}, "its time has passed"),
        ("choir", {"attributes": {"group": "youth"}}, 'not meant for this person: group == "choir"'),
        ("weekly", {"attributes": {}}, "group is not known of this person"),
        ("silent", {}, "the person has never written"),
        (
            "arrival",
            {"phone": ""},
            "no way to reach the person (waha: no phone number that this network takes)",
        ),
    ],
)
async def test_a_person_gets_nothing_and_it_says_why(
    world: World, trigger: str, fields: dict[str, Any], why: str
) -> None:
    awa = await know(world, **({"attributes": {"check_in": day(3), "group": "choir"}} | fields))
    assert (await look(world, trigger, awa.contact)).why == why


async def test_what_was_sent_is_not_announced_again(world: World) -> None:
    awa = await know(world, attributes={"check_in": day(1), "group": "choir"})
    await until(world, START + timedelta(minutes=5))
    assert (await look(world, "arrival", awa.contact)).why == "sent before: sent on waha"
    await until(world, START + timedelta(hours=8, minutes=5))
    weekly = (await look(world, "weekly", awa.contact)).at
    assert weekly is not None
    assert weekly.date().isoformat() == day(7)


async def test_an_event_and_a_silence_are_shown_as_from_now(world: World) -> None:
    await know(world)
    await tick(world, 2)
    await world.say("Bonjour")
    met, silent = await look(world, "met", AWA), await look(world, "silent", AWA)
    assert words(met) == ["Bienvenue"]
    assert met.at is not None
    assert timedelta(minutes=10) <= met.at - world.clock.now() < timedelta(minutes=11)
    assert words(silent) == ["Autre chose ?"]
    await until(world, START + timedelta(hours=2, minutes=15))
    assert (await look(world, "silent", AWA)).why == "sent before: sent on waha"


async def test_a_message_in_quiet_hours_is_shown_where_it_goes(world: World) -> None:
    await declare(world, "arrival", {**BEFORE, "when": {"before": "check_in", "days": 1, "at": "22:00"}})
    await know(world, attributes={"check_in": day(3)})
    shown = await look(world, "arrival", AWA)
    assert shown.late == "quiet hours until 08:00"
    assert shown.at is not None
    assert f"{shown.at:%Y-%m-%dT%H:%M}" == f"{day(3)}T08:00"


async def test_a_preview_counts_reasons_and_shows_words_of_each_language(world: World) -> None:
    review = trigger_review.wire(world.ports, world.parts.directory)
    for number in range(7):
        language, group = ("en", "fr")[number % 2], "choir" if number < 4 else "youth"
        phone = f"+22177000010{number}"
        await know(world, f"P{number}", phone, language=language, attributes={"group": group})
    refused = {"service": Permission(given=False, at=START, source="person")}
    await know(world, "Binta", BINTA, attributes={"group": "choir"}, permissions=refused)
    tenant, rule = await review.triggers.rule("parish", "choir")
    found = await review.previews.of(tenant, rule)
    assert (found.count, found.looked, found.gets, found.whole) == (4, 8, 4, True)
    assert {name: words(each) for name, each in found.words.items()} == {
        "en": ["Rehearsal, P0!"],
        "fr": ["Répétition, P1 !"],
    }
    reasons = {why: (each.number, each.contacts) for why, each in found.refusals.items()}
    assert reasons == {
        'not meant for this person: group == "choir"': (3, ["c-0104", "c-0105", "c-0106"]),
        "the person has not agreed to service messages": (1, ["c-0002"]),
    }


async def test_a_broadcast_goes_only_with_the_right_number(world: World) -> None:
    review = trigger_review.wire(world.ports, world.parts.directory).triggers
    for number in range(3):
        await know(world, f"P{number}", f"+22177000010{number}", attributes={"group": "choir"})
    for count in (0, 2, 4):
        with pytest.raises(ConfigurationError, match="it is meant for 3 people"):
            await review.confirm("parish", "choir", count)
    with pytest.raises(ConfigurationError, match="no broadcast"):
        await review.confirm("parish", "arrival", 3)
    await tick(world, 2)
    assert world.texts() == []
    await review.confirm("parish", "choir", 3)
    await tick(world)
    await tick(world, 2)
    assert sorted(world.texts()) == ["Répétition, P0 !", "Répétition, P1 !", "Répétition, P2 !"]
    (overview,) = [each for each in await review.all("parish") if each.trigger.trigger == "choir"]
    assert (overview.planned, overview.sent, overview.next_at) == (0, 3, None)


async def test_a_paused_trigger_shows_what_it_would_do_and_a_resumed_one_does_it(world: World) -> None:
    review = trigger_review.wire(world.ports, world.parts.directory).triggers
    await know(world, attributes={"check_in": day(3)})
    await review.switch("parish", "arrival", "paused")
    await tick(world, 1)
    assert words(await look(world, "arrival", AWA)) == ["À demain, Awa !"]
    await review.switch("parish", "arrival", "active")
    await tick(world, 1)
    await until(world, START + timedelta(days=2, minutes=2))
    assert world.texts()[-1:] == ["À demain, Awa !"]
    await review.switch("parish", "arrival", "stopped")
    with pytest.raises(ConfigurationError, match="was stopped"):
        await review.switch("parish", "arrival", "active")


async def test_a_wrong_definition_is_told_beside_the_others(world: World) -> None:
    review = trigger_review.wire(world.ports, world.parts.directory).triggers
    await know(world, attributes={"check_in": day(3)})
    await declare(world, "arrival", {**BEFORE, "when": {"before": "check_in", "at": "25:00"}})
    found = {each.trigger.trigger: each for each in await review.all("parish")}
    assert found["arrival"].definition is None
    assert "at" in found["arrival"].problem
    assert found["weekly"].problem == ""
    with pytest.raises(ConfigurationError, match="at"):
        await review.rule("parish", "arrival")


async def test_the_calendar_has_what_is_due_until_then(world: World) -> None:
    review = trigger_review.wire(world.ports, world.parts.directory).triggers
    awa = await know(world, attributes={"check_in": day(3), "group": "choir"})
    for days, names in ((1, ["weekly"]), (3, ["weekly", "arrival"])):
        assert [each.trigger for each in await review.calendar("parish", days)] == names
    await change(world, awa, attributes={"check_in": day(30), "group": "choir"})
    assert [each.trigger for each in await review.calendar("parish", 3)] == ["weekly"]
    assert len(await schedule(world)) >= 3


async def test_one_trigger_is_told_with_its_last_and_next_messages(world: World) -> None:
    await know(world, attributes={"check_in": day(3), "group": "choir"})
    await until(world, START + timedelta(days=1), timedelta(hours=2))
    review = trigger_review.wire(world.ports, world.parts.directory)
    detail = await review.triggers.one("parish", "weekly")
    assert [each.state for each in detail.last] == ["sent"]
    assert [each.state for each in detail.next] == ["planned"]
