"""People whose numbers change, and contacts that turn out to be one person: each message once, to them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from shared.models.people import Address, Contact
from tests.unit.triggers.book import BINTA, change, know, parish, schedule, until
from tests.world import AWA, START

DAILY = {"when": {"cron": "0 12 * * *"}, "says": {"fr": {"text": "Bonjour {{ name }}"}}}


async def test_a_message_that_one_contact_had_is_not_sent_to_the_other_after_their_merge(
    tmp_path: Path,
) -> None:
    world = await parish(tmp_path, {"daily": DAILY})
    await know(world, timezone="Europe/Paris")
    await know(world, phone=BINTA)
    await until(world, START + timedelta(hours=1, minutes=30))
    assert len(world.texts()) == 1  # at 12:00 in Paris
    both = [f"whatsapp:{BINTA}", f"whatsapp:{AWA}"]
    event = world.message("Bonjour")
    await world.receive(event.model_copy(update={"peer": replace_identities(event.peer, both)}))
    await until(world, START + timedelta(hours=3))
    assert [text for text in world.texts() if text == "Bonjour Awa"] == ["Bonjour Awa"]
    await until(world, START + timedelta(days=1, hours=3))
    assert world.texts().count("Bonjour Awa") == 2
    assert sum(each.state == "planned" for each in await schedule(world)) == 1


async def test_a_message_that_failed_for_one_contact_is_sent_to_the_other_after_their_merge(
    tmp_path: Path,
) -> None:
    room = DAILY | {"says": {"fr": {"text": "Chambre {{ room }}"}}}
    world = await parish(tmp_path, {"daily": room})
    await know(world, timezone="Europe/Paris")
    await know(world, phone=BINTA, attributes={"room": "12"}, created_at=START - timedelta(days=1))
    await until(world, START + timedelta(hours=1, minutes=30))
    assert "failed" in [each.state for each in await schedule(world)]
    both = [f"whatsapp:{BINTA}", f"whatsapp:{AWA}"]
    event = world.message("Bonjour")
    await world.receive(event.model_copy(update={"peer": replace_identities(event.peer, both)}))
    await until(world, START + timedelta(hours=3))
    assert "Chambre 12" in world.texts()


def replace_identities(peer: Address, identities: list[str]) -> Address:
    return peer.model_copy(update={"identities": identities})


async def test_a_message_goes_to_the_number_that_the_person_has_now(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": DAILY})
    awa = await know(world)
    await until(world, START + timedelta(hours=3))
    assert [to for to, _ in world.channel.sent] == [f"{AWA[1:]}@c.us"]
    await change(world, awa, phone=BINTA)
    await until(world, START + timedelta(days=1, hours=3))
    assert [to for to, _ in world.channel.sent] == [f"{AWA[1:]}@c.us", f"{BINTA[1:]}@c.us"]


async def test_who_has_just_flown_west_gets_it_at_their_new_local_time(tmp_path: Path) -> None:
    world = await parish(tmp_path, {"daily": DAILY})
    awa = await know(world, timezone="Asia/Tokyo")
    midnight = START + timedelta(hours=17)  # noon in Tokyo
    await until(world, midnight - timedelta(minutes=1))
    found = await world.store.get(Contact, tenant="parish", contact=awa.contact)
    assert found is not None
    await world.store.put(found.model_copy(update={"timezone": "Africa/Dakar"}))  # not planned again yet
    await until(world, midnight + timedelta(minutes=2), timedelta(minutes=1))
    await until(world, START + timedelta(days=1, hours=1, minutes=58))
    assert world.texts() == []
    await until(world, START + timedelta(days=1, hours=2, minutes=2))
    assert world.texts() == ["Bonjour Awa"]
