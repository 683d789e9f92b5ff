"""Sensitive acts: the PIN, its lock, what waits for it, and the log of all attempts."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from shared.models.administrator import LOCKED, PROVEN, WAITS
from shared.models.people import Standing
from shared.models.tenant_state import TenantState
from tests.unit.answers.administration.office import (
    AWA,
    BOSS,
    MOUSSA,
    PIN,
    audit,
    contact,
    last,
    office,
    orders,
    own,
    said_to,
    writes,
)
from tests.unit.handoff.desk import request, take
from tests.world import World


async def paused(world: World) -> bool:
    found = await world.store.get(TenantState, tenant="parish", document="now")
    return found is not None and found.paused_at is not None


@pytest.mark.parametrize("text", ["#pause", "pause", "/suspendre"])
async def test_the_pin_is_asked_once_in_ten_minutes(world: World, text: str) -> None:
    assert "code PIN, s'il vous plaît" in await orders(world, text)
    assert not await paused(world)
    assert "en pause" in await orders(world, PIN)
    assert await paused(world)
    assert "répond de nouveau" in await orders(world, "#reprendre")
    assert "en pause" in await orders(world, "#pause")
    world.clock.pass_(PROVEN.total_seconds())
    assert "code PIN, s'il vous plaît" in await orders(world, "#pause")
    results = [(entry.what, entry.result) for entry in await audit(world)]
    assert results == [
        ("pause", "asked for the PIN"),
        ("pause", "done"),
        ("resume", "done"),
        ("pause", "done"),
        ("pause", "asked for the PIN"),
    ]


@pytest.mark.parametrize("typed", [PIN, "47 11", " 4711 ", "٤٧١١"])
async def test_a_pin_stays_in_no_document(world: World, typed: str) -> None:
    await orders(world, "#pause")
    await orders(world, typed)
    assert await paused(world)
    conversation = await world.conversation_of(BOSS)
    kept = "".join(message.model_dump_json() for message in await world.inbound())
    kept += conversation.model_dump_json() + "".join(e.model_dump_json() for e in await audit(world))
    kept += (await own(world)).model_dump_json()
    assert not re.search(rf"(?<!\w){typed.strip()}(?!\w)", kept)  # digests may hold any digits
    assert PIN not in "".join(line.text for line in conversation.history)


async def test_three_wrong_pins_lock_it_for_a_quarter_of_an_hour(world: World) -> None:
    await orders(world, "#pause")
    assert "PIN est faux" in await orders(world, "1234")
    assert "PIN est faux" in await orders(world, "0000")
    assert "15 minutes" in await orders(world, "9999")
    for text in (PIN, "#pause", "#forget 1", "#block 1"):
        assert "Réessayez" in await orders(world, text), text
    assert not await paused(world)
    world.clock.pass_(LOCKED.total_seconds())
    await orders(world, "#pause")
    assert "en pause" in await orders(world, PIN)
    assert "1234" not in (await world.conversation_of(BOSS)).model_dump_json()


async def test_a_right_pin_forgets_wrong_ones(world: World) -> None:
    for _ in range(3):
        world.clock.pass_(PROVEN.total_seconds())
        await orders(world, "#pause")
        await orders(world, "1234")
        await orders(world, "1235")
        assert "en pause" in await orders(world, PIN)


async def test_an_order_waits_for_ten_minutes_and_then_a_pin_is_no_pin(world: World) -> None:
    await orders(world, "#pause")
    world.clock.pass_(WAITS.total_seconds())
    await orders(world, PIN)
    assert not await paused(world)


async def test_a_pin_of_another_member_proves_nothing(world: World) -> None:
    from tests.unit.answers.administration.office import LEAD

    await orders(world, "#pause")
    await orders(world, PIN, LEAD)
    await orders(world, PIN, MOUSSA)
    assert not await paused(world)


async def test_a_pin_typed_in_a_talk_does_not_reach_the_person(world: World) -> None:
    await take(world, BOSS)
    before = said_to(world, AWA)
    await orders(world, "#pause")
    await orders(world, "1234")
    await orders(world, PIN)
    assert said_to(world, AWA) == before
    assert await paused(world)


async def test_without_a_pin_nothing_sensitive_is_done(world: World) -> None:
    mine = await own(world)
    mine.pin = None
    await world.store.put(mine)
    assert "#pin" in await orders(world, "#pause")
    assert "en pause" not in await orders(world, PIN)
    assert not await paused(world)


async def test_the_next_order_replaces_the_one_that_waits(world: World) -> None:
    await orders(world, "#find diop")
    await orders(world, "#block 1")
    await orders(world, "#pause")
    await orders(world, PIN)
    assert await paused(world)
    assert (await contact(world, "Awa Diop")).standing == Standing.OPEN


# --- the acts


async def test_a_person_is_blocked_and_unblocked(world: World) -> None:
    await orders(world, "#find diop")
    await orders(world, "#bloquer 1")
    assert "Awa Diop est bloqué" in await orders(world, PIN)
    entry = (await audit(world))[-1]
    assert (entry.before, entry.after) == ("open", "blocked")
    sent = len(said_to(world, AWA))
    await writes(world, AWA, "Quand est la messe ?")
    assert len(said_to(world, AWA)) == sent
    assert "n'est plus bloqué" in await orders(world, "#debloquer 1")
    await writes(world, AWA, "Quand est la messe ?")
    assert len(said_to(world, AWA)) == sent + 1


async def test_staff_are_not_blocked(world: World) -> None:
    await orders(world, "#aide", "+221770000902")
    await orders(world, "#find 0902")
    await orders(world, "#block 1")
    assert "membre de l'équipe" in await orders(world, PIN)
    assert (await last(world))[2] == "refused: admin_is_staff"


async def test_while_it_is_paused_people_are_left_to_humans_and_told_once(world: World) -> None:
    await orders(world, "#pause")
    await orders(world, PIN)
    world.clock.pass_(61)
    world.channel.sent.clear()
    await writes(world, AWA, "Quand est la messe ?")
    await writes(world, AWA, "Vous êtes là ?")
    assert said_to(world, AWA) == [
        "Notre assistant fait une pause. Quelqu'un de notre équipe lit votre message et vous répond ici."
    ]
    made = await request(world)
    assert (made.reasons, made.count) == (["paused"], 2)
    await writes(world, MOUSSA, "Au feu !")
    assert "en danger" in said_to(world, MOUSSA)[-1]
    await writes(world, AWA, "STOP")
    assert "START" in said_to(world, AWA)[-1]
    assert "en pause depuis" in await orders(world, "#today")
    await orders(world, "#resume")
    world.clock.pass_(61)
    await writes(world, MOUSSA, "merci")
    await writes(world, AWA, "START")
    await writes(world, AWA, "Quand est la messe ?")
    assert said_to(world, AWA)[-1] == "answer to: Quand est la messe ?"


async def test_a_tenants_pause_costs_no_read_in_a_turn(world: World) -> None:
    from shared.platform import effects

    await writes(world, AWA, "Quand est la messe ?")
    account = effects.begin()
    await writes(world, AWA, "Quand est la messe ?")
    assert account.reads == 4


async def test_two_administrators_at_once(tmp_path: Path) -> None:
    from shared.models.administrator import Administrator
    from shared.tenants import pins
    from tests.unit.handoff.desk import ONE

    world = await office(tmp_path)
    tenant = await world.parts.directory.tenant("parish")
    assert tenant
    tenant.staff["one"].roles = ["admin"]
    await world.store.put(tenant)
    world.clock.pass_(61)
    pin = await pins.made("8246", world.clock.now())
    await world.store.put(Administrator(tenant="parish", staff="one", pin=pin))
    for number in (BOSS, ONE):
        await orders(world, "#find diop", number)
        await orders(world, "#block 1", number)
    events = [world.message(text, peer=number) for text, number in ((PIN, BOSS), ("8246", ONE))]
    await asyncio.gather(*(world.receive(event) for event in events))
    await world.pump()
    assert (await contact(world, "Awa Diop")).standing == Standing.BLOCKED
    done = [entry.who for entry in await audit(world) if (entry.what, entry.result) == ("block", "done")]
    assert sorted(done) == ["chief", "one"]
