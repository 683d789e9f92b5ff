"""Alerts on triggers: over the lines of real ticks, a paced broadcast is not late, and stuck work is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.models.people import Contact, Identity
from shared.models.terms import Pace
from tests.infra.alerting import At, Line, fired, line
from tests.unit.triggers.book import BEFORE, day, know, parish, tenant_of, tick
from tests.world import START, World

NEWS = {"when": {"once": "confirmed"}, "says": {"fr": {"text": "Bonjour"}}}
PEOPLE = 200


def written(world: World, lines: list[dict[str, Any]]) -> list[At]:
    """Returns the log lines so far as Cloud Logging has them, in the present minute, and forgets them."""
    minute = (world.clock.now() - START) / timedelta(minutes=1)
    found = [At(minute, {**each, "message": each["event"]}) for each in lines]
    lines.clear()
    return found


async def test_a_broadcast_that_takes_long_is_not_late(tmp_path: Path, lines: list[dict[str, Any]]) -> None:
    """Its messages wait for the channel's pace, each with a time of its own."""
    world = await parish(tmp_path, {"news": NEWS})
    world.channel.terms = replace(world.channel.terms, begun=Pace(burst=5, every=timedelta(seconds=6)))
    for number in range(PEOPLE):
        await meet(world, f"+2217701{number:05}")
    broadcasts = world.parts.triggers.looking._broadcasts
    rule = await broadcasts.rule(await tenant_of(world), "news")
    await broadcasts.confirm(await tenant_of(world), rule, PEOPLE, "an administrator")
    found: list[At] = []
    for _ in range(25):
        await tick(world, 1)
        found += written(world, lines)
    assert len(world.texts()) == PEOPLE
    assert len({each.minute for each in found if each.line["message"] == "occurrences_due"}) > 15
    assert fired("occurrences-late", found) == {}


async def test_messages_that_the_function_cannot_handle_are_late(
    tmp_path: Path, lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await parish(tmp_path, {"arrival": BEFORE})

    async def broken(_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(world.parts.triggers.firing, "handle", broken)
    await know(world, attributes={"check_in": day(1)})  # due at once
    found: list[At] = []
    for _ in range(25):
        world.clock.pass_(60)
        await world.parts.triggers.tick.run()
        world.bus.waiting.clear()
        found += written(world, lines)
    assert fired("occurrences-late", found).keys() == {("parish",)}


def test_a_few_failures_among_many_messages_are_no_news() -> None:
    sent = [At(minute / 2, said("sent")) for minute in range(200)]
    assert fired("triggers-failing", [*sent, *(At(50 + n, said("failed")) for n in range(4))]) == {}
    many = [At(50 + n, said("failed")) for n in range(20)]
    assert fired("triggers-failing", [*sent, *many]).keys() == {("hotel", "arrival")}


def test_a_definition_that_is_being_written_is_no_news() -> None:
    """It is wrong at one look, and right at the next."""
    wrong = line("trigger_refused", trigger="arrival")
    assert fired("trigger-refused", [At(30, wrong)]) == {}
    assert fired("trigger-refused", [At(30, wrong), At(40, wrong)]).keys() == {("hotel", "arrival")}


def test_a_schedule_that_rests_for_some_minutes_alerts_nobody() -> None:
    ticks = [At(minute, line("triggers_tick", due=0)) for minute in range(150) if not 60 <= minute < 64]
    assert fired("triggers-silent", ticks, since=10) == {}


def said(state: str) -> Line:
    return line("occurrence", trigger="arrival", state=state, seconds=3.0)


async def meet(world: World, phone: str) -> None:
    """Writes a contact that the broadcast is meant for."""
    name = f"c-{phone[-5:]}"
    ids = {"tenant": "parish", "contact": name}
    await world.store.put(
        Contact.model_validate(
            ids
            | {"phone": phone, "identities": [f"whatsapp:{phone}"], "created_at": world.clock.now()}
            | {"permissions": {"service": {"given": True, "at": world.clock.now(), "source": "system"}}}
        )
    )
    await world.store.put(Identity.model_validate({"identity": f"whatsapp:{phone}", **ids}))
