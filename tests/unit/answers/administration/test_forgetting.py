"""Erasure on request: nothing about the person is left, whatever repeats, crashes or arrives late."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from shared.models.dead_letter import DeadLetter
from shared.models.erasure import Erasure, Tombstone
from shared.models.external import External, Stated
from shared.models.lookup import Lookup
from shared.models.occurrence import Occurrence
from shared.models.one_time import OneTime
from shared.models.page import Page, PageContent
from shared.models.people import Contact
from shared.platform.blobs import NoSuchBlob
from shared.upkeep import erasing
from tests.unit.answers.administration.office import (
    AWA,
    BOSS,
    MOUSSA,
    PIN,
    audit,
    contact,
    orders,
    said_to,
    writes,
)
from tests.unit.handoff.desk import take
from tests.world import World


async def known_everywhere(world: World) -> Contact:
    """Returns Awa, after she left traces of every kind."""
    await take(world, BOSS, AWA)
    await writes(world, AWA, "Mon enfant Aïssatou est malade")
    await writes(world, BOSS, "#close")
    awa, now = await contact(world, "Awa Diop"), world.clock.now()
    place = f"waha.{awa.contact}"
    await world.ports.blobs.put(f"tenants/parish/media/{place}/M1/0", b"x", "image/png")
    await world.ports.blobs.put("tenants/parish/pages/digest/0", b"x", "application/pdf")
    stated = Stated(phone=AWA, name="Awa Diop")
    blob = "tenants/parish/pages/digest/0"
    file = {"name": "a.pdf", "media_type": "application/pdf", "blob": blob, "size": 1}
    content = PageContent(kind="text", title="Awa Diop", language="fr", text=["Aïssatou"], files=[file])
    keys = {"tenant": "parish", "contact": awa.contact}
    asked = {"channel": "waha", "contact": awa.contact, "language": "fr"}
    below = {"tenant": "parish", "conversation": place, "expires_at": now + timedelta(days=1)}
    for document in (
        Lookup(**below, lookup="l1", action="notes", at=now, rows=[{"child": "Aïssatou"}]),
        OneTime(**below, **asked, phone=AWA, made_at=now, due_at=None),
        External(**keys, external="D-1", written_id="D-1", stated=stated, updated_at=now),
        Page(
            **keys,
            page="digest",
            conversation=place,
            content=content,
            made_by="certificate",
            created_at=now,
            expires_at=now,
        ),
        Occurrence(
            **keys,
            occurrence="o1",
            trigger="x",
            local="",
            zone="UTC",
            planned_for=now,
            due_at=None,
            created_at=now,
            facts={"words": "Aïssatou"},
        ),
        DeadLetter(
            tenant="parish",
            dead_letter="d1",
            function="reply",
            topic="inbound",
            attempts=1,
            at=now,
            payload='{"peer": "221770000001@c.us", "text": "Aïssatou"}',
            attributes={},
            key="",
            bus_message="1",
            expires_at=now,
        ),
    ):
        await world.store.put(document)
    return awa


async def forget(world: World, name: str = "diop") -> None:
    await orders(world, f"#find {name}")
    await orders(world, "#forget 1")
    assert "effacé pour toujours" in await orders(world, PIN)
    assert "en train d'être effacé" in await orders(world, "1")


def everything(world: World) -> str:
    """Returns all that the store holds, but for the administrator's own conversation."""
    path = world.store._path
    with sqlite3.connect(path) as opened:
        rows = opened.execute("SELECT path, body FROM documents").fetchall()
    return "\n".join(f"{path} {body}" for path, body in rows)


@pytest.mark.parametrize("text", ["#forget 1", "oublier 1", "/efface 1"])
async def test_it_asks_for_the_pin_and_for_the_number_again(world: World, text: str) -> None:
    await orders(world, "#find diop")
    assert "code PIN" in await orders(world, text)
    assert "écrivez de nouveau 1" in await orders(world, PIN)
    assert "pas le nombre" in await orders(world, "2")
    await orders(world, "1")
    await world.parts.rounds.run()
    assert (await contact(world, "Awa Diop")).name == "Awa Diop"


async def test_nothing_about_the_person_is_left(world: World) -> None:
    awa = await known_everywhere(world)
    await forget(world)
    await world.parts.rounds.run()
    left = [line for line in everything(world).splitlines() if AWA[1:] in line or "Aïssatou" in line]
    assert left == []
    for name in (f"tenants/parish/media/waha.{awa.contact}/M1/0", "tenants/parish/pages/digest/0"):
        with pytest.raises(NoSuchBlob):
            await world.ports.blobs.get(name)
    erasure = await world.store.get(Erasure, tenant="parish", erasure=awa.contact)
    assert erasure
    assert erasure.done_at
    assert erasure.due_at is None
    record = await world.store.get(External, tenant="parish", external="D-1")
    assert record
    assert (record.deleted, record.stated.name, record.contact) == (True, "", "")
    entry = (await audit(world))[-1]
    assert (entry.what, entry.about, entry.after) == ("forget", awa.contact, "erased")


async def test_the_others_stay_as_they_are(world: World) -> None:
    await writes(world, MOUSSA, "Je voudrais parler à quelqu'un")
    before = [line for line in everything(world).splitlines() if MOUSSA[1:] in line]
    await forget(world)
    await world.parts.rounds.run()
    assert [line for line in everything(world).splitlines() if MOUSSA[1:] in line] == before


async def test_a_late_repeat_brings_nobody_back_and_a_new_message_makes_a_new_person(world: World) -> None:
    old = await contact(world, "Awa Diop")
    event = world.message("Quand est la messe ?", id="OLD")
    await world.receive(event)
    await world.pump()
    await forget(world)
    await world.parts.rounds.run()
    world.channel.sent.clear()
    for late in (event, event.model_copy(update={"id": "never seen"})):
        await world.receive(late)
        await world.pump()
    assert said_to(world, AWA) == []
    assert AWA[1:] not in everything(world)
    await writes(world, AWA, "Bonjour, quand est la messe ?")
    assert len(said_to(world, AWA)) == 1
    found = await world.store.query(Contact, limit=50, tenant="parish")
    (new,) = [each for each in found if each.phone == AWA]
    assert new.contact != old.contact


async def test_a_tombstone_names_nobody_and_ends(world: World) -> None:
    await forget(world)
    await world.parts.rounds.run()
    (stone,) = await world.store.query(Tombstone, limit=10, tenant="parish")
    assert AWA[1:] not in stone.model_dump_json()
    assert stone.expires_at - stone.at == timedelta(days=30)


async def test_it_goes_on_after_a_crash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await known_everywhere(world)
    await forget(world)
    delete, calls = world.store.delete, 0

    async def dying(*args: object, **keys: str) -> None:
        nonlocal calls
        calls += 1
        if calls % 3 == 0:
            raise RuntimeError("killed")
        await delete(*args, **keys)  # type: ignore[arg-type]

    monkeypatch.setattr(world.store, "delete", dying)
    for _ in range(40):
        try:
            await world.parts.rounds.run()
        except RuntimeError:
            continue
    assert [line for line in everything(world).splitlines() if AWA[1:] in line] == []


async def test_a_long_conversation_is_erased_in_several_rounds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "DELETED", 3)
    for number in range(8):
        await writes(world, AWA, f"Question {number} ?")
    await forget(world)
    first = await world.parts.rounds.run()
    assert first["erased"] <= 10
    for _ in range(20):
        await world.parts.rounds.run()
    assert [line for line in everything(world).splitlines() if AWA[1:] in line] == []


async def test_staff_are_not_erased(world: World) -> None:
    await orders(world, "#find 0903")
    await orders(world, "#forget 1")
    assert "membre de l'équipe" in await orders(world, PIN)
