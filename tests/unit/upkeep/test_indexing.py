"""Every writer of contacts keeps the search index, and older contacts get it by a command."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.answers.administration.search import Search
from shared.contacts.record import Reader
from shared.contacts.stating import Evidence
from shared.contacts.writing import Writing
from shared.conversation.finding import keys
from shared.models.events import PeerMoved
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.upkeep.indexing import Indexing
from tests.world import AWA, START, World

NEW = "+221770000055"


async def people(world: World) -> list[Contact]:
    found = await world.store.query(Contact, limit=100, tenant="parish")
    for each in found:
        assert each.search == ([] if each.merged_into else sorted(keys(each)))
    return [each for each in found if not each.merged_into]


async def found(world: World, asked: str) -> list[str]:
    return [each.name for each in (await Search(world.store).find("parish", asked)).people]


async def write(world: World, record: str, **said: object) -> None:
    tenant = await world.store.get(Tenant, tenant="parish")
    assert tenant
    writing = Writing(world.store, world.clock, world.ids)
    evidence = Evidence("system", record)
    await writing.write(tenant, record, Reader(tenant).body(said), version=None, evidence=evidence)


async def test_a_person_who_writes(world: World) -> None:
    await world.say("Bonjour")
    assert len(await people(world)) == 1
    assert await found(world, "awa") == ["Awa"]


async def test_a_person_of_the_organisations_system(world: World) -> None:
    await write(world, "D-1", phone=AWA, name="Awa Diop")
    await people(world)
    assert await found(world, "diop") == ["Awa Diop"]
    await write(world, "D-1", phone=NEW, name="Awa Ndiaye")
    await people(world)
    assert (await found(world, "diop"), await found(world, "ndiaye")) == ([], ["Awa Ndiaye"])
    assert (await found(world, "0001"), await found(world, "0055")) == ([], ["Awa Ndiaye"])


async def test_two_who_turn_out_to_be_one(world: World) -> None:
    await world.say("Bonjour")
    await write(world, "D-1", phone=NEW, name="Awa Diop")
    await write(world, "D-1", phone=AWA, name="Awa Diop")
    assert len(await people(world)) == 1
    event = world.message("Bonjour")
    lid = event.peer.model_copy(update={"identities": ["whatsapp:lid-7"], "name": "Awa B"})
    await world.receive(event.model_copy(update={"peer": lid, "id": "X1"}))
    both = event.peer.model_copy(update={"identities": [f"whatsapp:{AWA}", "whatsapp:lid-7"]})
    await world.receive(event.model_copy(update={"peer": both, "id": "X2"}))
    await world.pump()
    assert len(await people(world)) == 1


async def test_a_person_who_moves_to_another_number(world: World) -> None:
    await world.say("Bonjour")
    event = world.message("x")
    moved = PeerMoved.model_validate(
        {
            "kind": "moved",
            "tenant": "parish",
            "channel": "waha",
            "id": "mv",
            "peer": event.peer.model_dump(),
            "identities": [f"whatsapp:{NEW}"],
            "at": START + timedelta(minutes=1),
            "received_at": START + timedelta(minutes=1),
        }
    )
    await world.receive(moved)
    await people(world)
    assert await found(world, "0055") == ["Awa"]


@pytest.mark.parametrize("times", [1, 2])
async def test_older_contacts_are_indexed_by_a_command(world: World, times: int) -> None:
    for place in range(450):
        await world.store.put(
            Contact(tenant="parish", contact=f"c{place:04}", name=f"Fatou {place}", created_at=START)
        )
    await world.store.put(
        Contact(tenant="parish", contact="c-old", name="Old", merged_into="c0001", created_at=START)
    )
    written = [await Indexing(world.store).run("parish") for _ in range(times)]
    assert written == [450, 0][:times]
    assert await found(world, "Fatou 449") == ["Fatou 449"]
