"""A broadcast from the chat: counted and shown first, then confirmed by its number, then paced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shared.models.trigger import Trigger
from tests.unit.answers.administration.office import (
    AWA,
    BOSS,
    MOUSSA,
    ONCE,
    PIN,
    audit,
    last,
    office,
    orders,
    own,
    said_to,
)
from tests.unit.triggers.book import declare, know, tick
from tests.world import World

WORDS = "la rentrée est lundi."


@pytest.fixture
async def world(tmp_path: Path) -> World:
    messaging = {"channels": ["waha"], "per_day": 50, "per_week": 200, "quiet": None}
    attributes = {"group": {"type": "text"}}
    world = await office(tmp_path, messaging=messaging, attributes=attributes, timezone="Africa/Dakar")
    world.channel.terms = replace(world.channel.terms, strangers=True)
    await declare(world, "rentree", ONCE)
    await know(world, "Binta", "+221770000101")
    await know(world, "Modou", "+221770000102")
    await tick(world)
    world.channel.sent.clear()
    return world


async def trigger(world: World) -> Trigger:
    found = await world.store.get(Trigger, tenant="parish", trigger="rentree")
    assert found
    return found


async def told(world: World, minutes: float = 1) -> str:
    """Returns the answers that come later."""
    before = len(said_to(world, BOSS))
    await tick(world, minutes)
    return "\n".join(said_to(world, BOSS)[before:])


def got(world: World) -> list[str]:
    return [chat for chat, text in world.channel.sent if WORDS in text and chat != f"{BOSS[1:]}@c.us"]


async def counted(world: World) -> str:
    await orders(world, "#broadcast rentree")
    await orders(world, PIN)
    return await told(world)


@pytest.mark.parametrize("text", ["#broadcast rentree", "diffuser rentree", "/Diffuse Rentree"])
async def test_a_broadcast_is_counted_shown_confirmed_and_sent(world: World, text: str) -> None:
    assert "code PIN" in await orders(world, text)
    assert "Je compte" in await orders(world, PIN)
    shown = await told(world)
    assert "2 personnes" in shown
    assert "Bonjour Binta, la rentrée est lundi." in shown
    assert got(world) == []
    assert "Je vérifie" in await orders(world, "2")
    assert "confirmée pour 2 personnes" in await told(world)
    await tick(world, 2)
    await tick(world, 2)
    assert sorted(got(world)) == ["221770000101@c.us", "221770000102@c.us"]
    confirmed = (await trigger(world)).confirmed
    assert confirmed
    assert (confirmed.by, confirmed.count) == ("chief", 2)
    assert [entry.result for entry in await audit(world)] == ["asked for the PIN", "done", "done"]


async def test_another_number_confirms_nothing(world: World) -> None:
    await counted(world)
    assert "pas le nombre" in await orders(world, "3")
    assert (await last(world))[2] == "refused: admin_wrong_number"
    await orders(world, "2")
    await told(world, 3)
    assert got(world) == []
    assert (await trigger(world)).confirmed is None


async def test_people_who_came_meanwhile_stop_it(world: World) -> None:
    await counted(world)
    await know(world, "Fatou", "+221770000103")
    await orders(world, "2")
    assert "n'est pas confirmé" in await told(world, 2)
    assert got(world) == []


async def test_a_number_after_ten_minutes_is_no_confirmation(world: World) -> None:
    await counted(world)
    world.clock.pass_(600)
    await orders(world, "2")
    await told(world, 2)
    assert (await trigger(world)).confirmed is None


async def test_a_crash_before_the_reply_tells_it_once(world: World) -> None:
    await orders(world, "#broadcast rentree")
    await orders(world, PIN)
    for _ in range(3):
        await world.parts.triggers.tick.run()
    await tick(world, 1)
    await tick(world, 1)
    assert len([text for text in said_to(world, BOSS) if WORDS in text]) == 1


async def test_only_a_prepared_broadcast_can_be_sent(world: World) -> None:
    await declare(world, "arrival", {"when": {"event": "first_message"}, "says": ONCE["says"]})
    for name in ("", "nothing", "arrival", "rentree maintenant", "../rentree"):
        assert "Il y a : rentree" in await orders(world, f"#broadcast {name}"), name
    assert (await own(world)).waiting is None


async def test_nobody_is_written_to_if_nobody_is_meant(world: World) -> None:
    await declare(world, "rentree", ONCE | {"who": "group == 'Confirmation'"})
    assert "personne en ce moment" in await counted(world)
    assert AWA not in got(world)
    assert MOUSSA not in got(world)
