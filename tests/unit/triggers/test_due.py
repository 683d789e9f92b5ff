"""The causes that keep a due message back: the person's wishes, a human, the hour, a cap, lateness."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.models.terms import Pace
from tests.unit.triggers.book import BEFORE, BINTA, change, day, know, parish, schedule, states, tick, until
from tests.world import AWA, START, World

DUE = START + timedelta(days=2)


async def guest(folder: Path, definition: dict[str, Any] | None = None, **tenant: Any) -> World:
    """Returns a world with one guest, with an arrival in three days, a minute before their message is due."""
    world = await parish(folder, {"arrival": BEFORE | (definition or {})}, **tenant)
    await know(world, attributes={"check_in": day(3)})
    await until(world, DUE - timedelta(minutes=1), timedelta(hours=6))
    return world


async def test_a_person_who_opts_out_gets_nothing_and_is_planned_again_when_they_return(
    tmp_path: Path,
) -> None:
    world = await parish(tmp_path, {"arrival": BEFORE})
    await know(world, attributes={"check_in": day(3)})
    await world.say("STOP")
    await tick(world, 1)
    assert await states(world) == [(f"{day(2)}T10:00", "cancelled")]
    await world.say("START")
    await tick(world, 1)
    assert await states(world) == [(f"{day(2)}T10:00", "planned")]


async def test_a_message_that_is_queued_is_not_sent_after_the_person_opted_out(tmp_path: Path) -> None:
    world = await guest(tmp_path)
    world.clock.pass_(120)
    await world.parts.triggers.tick.run()
    due = world.bus.waiting.pop()
    assert due.topic == "occurrences"
    events, handle = world.parts.topics["occurrences"]
    await handle(events.validate_json(due.data))
    world.bus.waiting.clear()  # the announcement is late
    await world.say("STOP")
    assert "À demain, Awa !" not in world.texts()
    (one,) = await schedule(world)
    assert (one.state, one.why) == ("cancelled", "the person is opted out")


async def test_a_human_is_not_disturbed_and_the_message_goes_when_they_are_gone(tmp_path: Path) -> None:
    world = await guest(tmp_path)
    await world.receive(world.staff("Bonjour, ici la réception"))
    await tick(world, 2)
    assert world.texts() == []
    await until(world, DUE + timedelta(minutes=50))
    assert world.texts() == []
    await until(world, DUE + timedelta(hours=2))
    assert world.texts() == ["À demain, Awa !"]


async def test_a_person_who_is_writing_is_not_interrupted(tmp_path: Path) -> None:
    world = await guest(tmp_path)
    await world.say("Quand est la messe ?")
    await tick(world, 2)
    assert world.texts() == ["answer to: Quand est la messe ?"]
    await tick(world, 10)
    assert world.texts()[-1] == "À demain, Awa !"


async def test_a_trigger_may_say_that_it_does_not_wait(tmp_path: Path) -> None:
    world = await guest(tmp_path, {"busy": "send"})
    await world.say("Quand est la messe ?")
    await tick(world, 2)
    assert world.texts()[-1] == "À demain, Awa !"


async def test_quiet_hours_move_it_to_their_end(tmp_path: Path) -> None:
    world = await guest(tmp_path, {"when": {"before": "check_in", "days": 1, "at": "22:15"}})
    (one,) = await schedule(world)
    assert one.planned_for.hour == 8
    await until(world, START + timedelta(days=2, hours=21, minutes=59))
    assert world.texts() == []
    await until(world, START + timedelta(days=2, hours=22, minutes=2))
    assert world.texts() == ["À demain, Awa !"]


async def test_a_holiday_moves_it_to_the_next_day(tmp_path: Path) -> None:
    world = await guest(tmp_path, holidays=[day(2)])
    await until(world, DUE + timedelta(hours=23))
    assert world.texts() == []
    await until(world, DUE + timedelta(hours=24, minutes=2))
    assert world.texts() == ["À demain, Awa !"]


async def test_after_an_outage_a_message_that_is_too_late_is_left_out_with_its_reason(tmp_path: Path) -> None:
    world = await guest(tmp_path, {"late": {"policy": "skip_if_older_than", "hours": 2}})
    await tick(world, 4 * 60)
    assert world.texts() == []
    (one,) = await schedule(world)
    assert (one.state, one.why) == ("skipped", "late by 4.0 hours, more than 2 hours")


async def test_a_trigger_may_say_that_late_is_better_than_never(tmp_path: Path) -> None:
    world = await guest(tmp_path, {"late": {"policy": "send"}})
    await tick(world, 30 * 60)
    assert world.texts() == ["À demain, Awa !"]


async def test_after_an_outage_only_the_latest_of_a_recurring_message_is_sent(tmp_path: Path) -> None:
    daily = {"when": {"cron": "0 11 * * *"}, "says": {"fr": {"text": "Bonjour"}}}
    world = await parish(tmp_path, {"daily": daily | {"late": {"policy": "latest_only"}}})
    await know(world)
    await tick(world, 3 * 24 * 60 + 90)
    for _ in range(6):
        await tick(world, 1)
    assert world.texts() == ["Bonjour"]
    found = [state for _, state in await states(world)]
    assert found == ["skipped", "skipped", "skipped", "sent", "planned"]


async def test_a_cap_postpones_the_message(tmp_path: Path) -> None:
    patient = BEFORE | {"late": {"policy": "send"}}
    second = patient | {"says": {"fr": {"text": "Et encore ceci"}}}
    world = await parish(tmp_path, {"one": patient, "two": second}, messaging={"per_day": 1})
    await know(world, attributes={"check_in": day(3)})
    await until(world, DUE + timedelta(hours=23))
    assert len(world.texts()) == 1
    await until(world, DUE + timedelta(hours=25))
    assert len(world.texts()) == 2


async def test_an_absent_attribute_refuses_that_one_message_and_says_which(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"arrival": BEFORE | {"says": {"fr": {"text": "Chambre {{ room }}"}}}})
    await know(world, attributes={"check_in": day(3)})
    await know(world, "Binta", BINTA, attributes={"check_in": day(3), "room": "12"})
    await until(world, DUE + timedelta(minutes=5))
    assert world.texts() == ["Chambre 12"]
    failed = [each.why for each in await schedule(world) if each.state == "failed"]
    assert failed == ["room is not known of this person"]


async def test_a_condition_is_judged_when_it_is_due(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"arrival": BEFORE | {"who": 'group == "A"'}})
    awa = await know(world, attributes={"check_in": day(3), "group": "A"})
    await know(world, "Binta", BINTA, attributes={"check_in": day(3), "group": "B"})
    assert len(await schedule(world)) == 1
    await change(world, awa, attributes={"check_in": day(3), "group": "B"})
    await until(world, DUE + timedelta(minutes=5))
    assert world.texts() == []
    assert await states(world) == [(f"{day(2)}T10:00", "cancelled")]


@pytest.mark.parametrize("kind", ["service", "promotion"])
async def test_nothing_is_sent_without_consent(tmp_path: Path, kind: str) -> None:
    world = await parish(tmp_path, {"arrival": BEFORE | {"kind": kind}})
    await know(world, attributes={"check_in": day(3)}, permissions={})
    await until(world, DUE + timedelta(minutes=5))
    assert world.texts() == []
    assert "sent" not in [state for _, state in await states(world)]


async def test_a_stranger_gets_no_first_word_unless_the_channel_allows_it(tmp_path: Path) -> None:
    world = await guest(tmp_path)
    world.channel.terms = replace(world.channel.terms, strangers=False)
    await tick(world, 2)
    (one,) = await schedule(world)
    assert one.state == "skipped"
    assert "never written" in one.why


async def test_outside_the_window_the_approved_template_goes(tmp_path: Path) -> None:
    template = {"fr": {"name": "arrival_fr", "parameters": ["{{ name }}"]}}
    world = await guest(tmp_path, {"template": template})
    world.channel.terms = replace(world.channel.terms, window=timedelta(hours=24))
    await tick(world, 2)
    (message,) = await world.outbound()
    assert [part.part.type for part in message.parts] == ["template"]


async def test_outside_the_window_without_a_template_nothing_is_tried(tmp_path: Path) -> None:
    world = await guest(tmp_path)
    world.channel.terms = replace(world.channel.terms, window=timedelta(hours=24))
    await tick(world, 2)
    assert world.channel.calls == 0
    (one,) = await schedule(world)
    assert "no approved template" in one.why


async def test_messages_of_a_channel_keep_its_pace_together(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"arrival": BEFORE})
    world.channel.terms = replace(world.channel.terms, begun=Pace(burst=2, every=timedelta(minutes=5)))
    for number in range(6):
        await know(world, f"P{number}", f"+22177000010{number}", attributes={"check_in": day(3)})
    await until(world, DUE - timedelta(minutes=1))
    times = []
    for _ in range(40):
        before = len(world.channel.sent)
        await tick(world, 1)
        times += [world.clock.now()] * (len(world.channel.sent) - before)
    assert len(times) == 6
    assert all(later - first >= timedelta(minutes=4) for first, later in zip(times, times[2:], strict=False))


async def test_a_failed_delivery_fails_the_occurrence_and_calls_no_human(tmp_path: Path) -> None:
    from shared.channels import Refused
    from shared.models.handoff import Handoff

    world = await guest(tmp_path)
    world.channel.results = [Refused("no_such_number")]
    await tick(world, 2)
    (one,) = await schedule(world)
    assert (one.state, one.why) == ("failed", "not delivered: no_such_number")
    assert await world.store.query(Handoff, limit=5, tenant="parish") == []


async def test_the_person_of_a_blocked_number_is_left_alone(tmp_path: Path) -> None:
    world = await guest(tmp_path)
    from shared.models.events import PeerBlocked
    from shared.models.people import Address

    now = world.clock.now()
    peer = Address(chat=f"{AWA[1:]}@c.us", identities=[f"whatsapp:{AWA}"])
    blocked = PeerBlocked(
        tenant="parish", channel="waha", id="B1", peer=peer, at=now, received_at=now, blocked=True
    )
    await world.receive(blocked)
    await tick(world, 2)
    assert world.texts() == []
    assert [state for _, state in await states(world)] == ["cancelled"]
