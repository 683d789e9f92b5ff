"""An organisation's own system writes a person: occurrences are there with the answer, and events follow."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.wiring import contacts
from tests.unit.triggers.book import BEFORE, day, parish, states, tenant_of, tick, until
from tests.world import START, FakePlugins, World

CONFIRM: dict[str, Any] = {
    "when": {"event": "attribute_changed", "attribute": "check_in"},
    "says": {"fr": {"text": "Nous vous attendons le {{ check_in | day }}."}},
}


class System:
    """The organisation's system: signed requests about one guest."""

    def __init__(self, world: World) -> None:
        self.requests = contacts.wire(world.ports, world.directory(FakePlugins(world))).requests

    async def put(self, version: int, **fields: Any) -> None:
        known = {"version": version, "phone": "+221770000001", "name": "Awa", "consent": {"service": True}}
        body = json.dumps(known | fields).encode()
        signature = "sha256=" + hmac.new(b"key", body, hashlib.sha256).hexdigest()
        await self.requests.put("parish", "G1", body, signature)


@pytest.fixture
async def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("SECRET_PARISH_CONTACTS_KEY", "key")
    triggers = {"arrival": BEFORE, "confirm": CONFIRM}
    world = await parish(tmp_path, triggers, secrets={"contacts_key": "parish-contacts-key"})
    world.clock.pass_(61)
    return world


async def test_it_is_planned_when_the_request_is_answered(world: World) -> None:
    await System(world).put(1, attributes={"check_in": day(3)})
    assert (f"{day(2)}T10:00", "planned") in await states(world)


async def test_a_change_moves_it_and_a_late_repeat_does_not(world: World) -> None:
    system = System(world)
    await system.put(1, attributes={"check_in": day(3)})
    await system.put(2, attributes={"check_in": day(5)})
    with pytest.raises(Exception, match="version"):
        await system.put(1, attributes={"check_in": day(3)})
    arrivals = [each for each in await states(world) if each[0].endswith("T10:00")]
    assert arrivals == [(f"{day(2)}T10:00", "cancelled"), (f"{day(4)}T10:00", "planned")]


async def test_a_changed_attribute_is_an_event_once(world: World) -> None:
    system = System(world)
    for _ in range(2):
        await system.put(1, attributes={"check_in": day(3), "room": "12"})
    await tick(world, 1)
    await tick(world, 1)
    assert world.texts() == ["Nous vous attendons le lundi 23 novembre."]
    await system.put(2, attributes={"check_in": day(3), "room": "14"})
    await tick(world, 1)
    assert len(world.texts()) == 1


async def test_a_person_who_writes_later_is_the_same_one(world: World) -> None:
    await System(world).put(1, attributes={"check_in": day(3)})
    await world.say("Quand est la messe ?")
    await until(world, START + timedelta(days=2, minutes=5))
    assert world.texts().count("À demain, Awa !") == 1
    assert (await tenant_of(world)).listens.events == {"attribute_changed": ["confirm"]}
