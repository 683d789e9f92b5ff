"""Who is told of a request, and when: the best on duty, the next, all; and the truth to the person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.channels import Refused, Sent
from shared.models.handoff import Handoff
from shared.notifiers import Later, Told, Unclear
from shared.notifiers import Refused as NotifierRefused
from tests.unit.handoff.desk import (
    ALWAYS,
    CHIEF,
    MAIL,
    ONE,
    STAFF,
    TWO,
    parish,
    request,
    said_to,
    take,
    tick,
    writes,
)
from tests.world import AWA, World

ASKS = "Je voudrais parler à quelqu'un"
#: World.START is a Friday, 10:00.
NIGHT = {"days": ["fri"], "hours": ["20:00-24:00"]}
OFFICE = {"mon": ["08:00-17:00"], "fri": ["08:00-17:00"]}


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await parish(tmp_path)


def told(found: Handoff) -> list[tuple[str, str, str]]:
    return [
        (step.step, step.to, step.way) for step in found.steps if step.step in ("notified", "not_notified")
    ]


async def test_one_after_the_other_is_told_while_nobody_takes_it(world: World) -> None:
    await world.say(ASKS)
    assert told(await request(world)) == [("notified", "one", "waha")]
    await tick(world, 2)
    assert len(told(await request(world))) == 1
    await tick(world, 1.1)
    assert told(await request(world))[1:] == [("notified", "two", "waha")]
    await tick(world, 3.1)
    await tick(world, 3.1)
    assert told(await request(world))[2:] == [("notified", "chief", "waha"), ("notified", "chief", "mail")]
    assert len(told(await request(world))) == 4
    await tick(world, 3.1)  # the promise has broken: all are called again
    assert {to for _, to, _ in told(await request(world))[4:]} == {"one", "two", "chief"}


async def test_whom_a_person_names_is_told_first(world: World) -> None:
    await world.say("Je voudrais parler à quelqu'un, Moussa Sy si possible")
    assert told(await request(world)) == [("notified", "two", "waha")]


async def test_a_way_that_fails_is_followed_by_the_next_one_at_once(tmp_path: Path) -> None:
    ways = [{"channel": "waha", "to": ONE}, {"notifier": "mail", "to": "one@parish.example"}]
    world = await parish(tmp_path, staff={"one": STAFF["one"] | {"ways": ways, "shifts": []}}, hours=OFFICE)
    world.channel.results = [Sent("ack"), Refused("no_account")]
    await world.say(ASKS)
    assert told(await request(world)) == [
        ("notified", "one", "waha"),
        ("not_notified", "one", "waha"),
        ("notified", "one", "mail"),
    ]
    ((to, notice),) = world.notifier.told
    assert (to, notice.purpose, notice.name) == ("one@parish.example", "request", "Aminata Ba")
    assert "Awa" in notice.title
    assert len((await world.conversation_of(AWA)).staff.handoff) > 0


@pytest.mark.parametrize(
    ("results", "calls"),
    [
        ([Later("busy"), Told()], 2),
        ([Later("busy"), Later("busy"), Later("busy")], 3),
        ([Unclear("no answer")], 1),
        ([NotifierRefused("credentials")], 1),
    ],
)
async def test_a_notifier_is_called_again_only_if_it_certainly_failed(
    tmp_path: Path, results: list[Later | Told | Unclear | NotifierRefused], calls: int
) -> None:
    chief = {"ways": [{"notifier": "mail", "to": "chief@parish.example"}], "shifts": []}
    world = await parish(tmp_path, staff={"chief": STAFF["chief"] | chief}, hours=OFFICE)
    world.notifier.results = [*results]
    await world.say(ASKS)
    for _ in range(8):
        await tick(world, 1)
    assert len(world.notifier.told) == calls
    assert len({notice.id for _, notice in world.notifier.told}) == 1


async def test_an_emergency_tells_everybody_at_once_and_then_by_all_ways(tmp_path: Path) -> None:
    world = await parish(tmp_path, emergencies={"words": ["au feu"]})
    await world.say("Au feu !")
    assert {to for _, to, _ in told(await request(world))} == {"one", "two", "chief"}
    assert world.notifier.told == []
    await tick(world, 1.1)
    assert [to for to, _ in world.notifier.told] == ["chief@parish.example"]
    assert world.notifier.told[0][1].urgent
    assert all("URGENCE" in said_to(world, number)[0] for number in (ONE, TWO, CHIEF))


async def test_at_night_the_person_is_told_when_and_staff_when_they_come(tmp_path: Path) -> None:
    staff = {name: member | {"shifts": [NIGHT]} for name, member in STAFF.items()}
    world = await parish(tmp_path, staff=staff)
    await world.say(ASKS)
    assert "20:00" in said_to(world, AWA)[-1]
    assert told(await request(world)) == []
    await tick(world, 9 * 60)
    assert told(await request(world)) == []
    await tick(world, 61)
    assert told(await request(world)) == [("notified", "one", "waha")]


async def test_a_promise_that_breaks_is_apologised_for_before_the_person_asks(world: World) -> None:
    await world.say(ASKS)
    promised = (await request(world)).promised_at
    assert promised is not None
    world.clock.pass_((promised - world.clock.now()).total_seconds() + 1)
    await tick(world)
    assert said_to(world, AWA)[-1].startswith("Pardon")
    assert len(said_to(world, AWA)) == 2
    late = await request(world)
    assert late.broken == 1
    assert late.promised_at is not None
    assert late.promised_at > world.clock.now()
    assert "apologised" in [step.step for step in late.steps]


async def test_to_whom_nobody_comes_the_truth_is_told_and_the_concierge_goes_on(world: World) -> None:
    await world.say(ASKS)
    for _ in range(200):
        await tick(world, 5)
    ended = await request(world)
    assert ended.state == "expired"
    sorry = said_to(world, AWA)
    assert len(sorry) == 1 + ended.broken - 1 + 1
    assert len(set(sorry)) >= 3
    await writes(world, AWA, "Quand est la messe ?")
    assert said_to(world, AWA)[-1] == "answer to: Quand est la messe ?"


async def test_without_any_staff_the_contacts_are_told(tmp_path: Path) -> None:
    contacts = [{"notifier": "mail", "to": "office@parish.example"}]
    world = await World(tmp_path).begin(contacts=contacts, notifiers=MAIL)
    await world.say(ASKS)
    assert [to for to, _ in world.notifier.told] == ["office@parish.example"]


async def test_of_two_open_requests_each_has_its_own_number(world: World) -> None:
    await world.say(ASKS)
    await world.say(ASKS, peer="+221770000002")
    assert "#1" in said_to(world, ONE)[0]
    assert "#2" in said_to(world, ONE)[1]


async def test_a_tick_that_repeats_tells_nobody_twice(world: World) -> None:
    await world.say(ASKS)
    found = await request(world)
    for _ in range(3):
        found = await request(world)
        await world.store.put(found.model_copy(update={"due_at": world.clock.now()}))
        await tick(world)
    assert len(said_to(world, ONE)) == 1
    assert said_to(world, TWO) == []


async def test_a_request_that_is_withdrawn_is_withdrawn_at_the_desk_too(world: World) -> None:
    await world.say(ASKS)
    await writes(world, AWA, "annuler")
    assert (await request(world)).state == "closed"
    assert len(said_to(world, ONE)) == 2
    await writes(world, ONE, "1")
    assert (await request(world)).state == "closed"


async def test_staff_off_duty_are_not_told_and_on_duty_are(world: World) -> None:
    await writes(world, ONE, "#off")
    await world.say(ASKS)
    assert told(await request(world)) == [("notified", "two", "waha")]
    await writes(world, TWO, "#close")
    await writes(world, ONE, "#on")
    await world.say(ASKS, peer="+221770000002")
    assert len(said_to(world, ONE)) == 3


async def test_idle_talk_goes_back_to_the_concierge(world: World) -> None:
    await take(world)
    await writes(world, ONE, "Bonjour, je regarde.")
    await tick(world, 20)
    assert (await request(world)).state == "taken"
    await tick(world, 11)
    ended = await request(world)
    assert ended.state == "closed"
    assert ("closed", "idle") in [(step.step, step.why) for step in ended.steps]
    assert "30" in said_to(world, ONE)[-1]


async def test_a_person_left_without_an_answer_is_not_given_back_but_called_for_again(world: World) -> None:
    await take(world)
    await writes(world, ONE, "Bonjour")
    await writes(world, AWA, "Mon fils est malade, que faire ?")
    await tick(world, 32)
    again = await request(world)
    assert again.state == "notified"
    assert again.steps[-1].step == "notified"
    assert len(said_to(world, AWA)) == 4  # when, who, "Bonjour", and an apology
    assert world.clock.now() - again.created_at > timedelta(minutes=30)


async def test_whoever_comes_on_duty_is_told_though_a_later_time_was_promised(tmp_path: Path) -> None:
    late = [{"days": ALWAYS[0]["days"], "hours": ["10:20-24:00"]}]
    staff = {name: {"shifts": ALWAYS, **STAFF[name]} for name in ("one", "chief")}
    staff["two"] = {"shifts": late, **STAFF["two"]}
    world = await parish(tmp_path, staff=staff, handoff={"answer_minutes": 120})
    await world.say("Je voudrais parler à quelqu'un")
    for _ in range(30):
        await tick(world, 1)
    assert said_to(world, TWO)
