"""The check of edits in the console: the error stands beside the edit, and nothing is written for no edit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from shared.models.stored import StoredChannel, StoredTenant, Version
from shared.models.tenant import Channel, Tenant
from shared.platform import effects, logs
from shared.upkeep.checking import EVERY, PAGE, Checking
from tests.world import World


@pytest.fixture
def lines() -> Iterator[list[Mapping[str, Any]]]:
    found: list[Mapping[str, Any]] = []
    logs.configure("info", lambda line: found.append(dict(line)))
    yield found
    logs.configure("info", lambda _: None)


@pytest.fixture
def checking(world: World) -> Checking:
    return Checking(world.store, world.clock)


async def run(world: World, checking: Checking) -> int:
    """Runs the check when it is due again."""
    world.clock.pass_(EVERY.total_seconds())
    return await checking.run()


async def edit(world: World, **fields: Any) -> None:
    found = await world.store.get(StoredTenant, tenant="parish")
    assert found is not None
    found.fields |= fields
    await world.store.put(found)


async def tenant(world: World) -> dict[str, Any]:
    found = await world.store.get(StoredTenant, tenant="parish")
    assert found is not None
    return found.fields


async def test_a_wrong_edit_gets_one_sentence_and_a_mended_one_loses_it(
    world: World, checking: Checking, lines: list[Mapping[str, Any]]
) -> None:
    assert await run(world, checking) == 0
    await edit(world, timezone="Dakar", hours={"mon": ["18:00-09:00"]})
    assert await run(world, checking) == 1
    found = await tenant(world)
    told = "timezone: 'Dakar' is not a time zone (expected a name such as Africa/Dakar) (and 1 more)"
    assert (found["problem"], found["timezone"]) == (told, "Dakar")
    told_of = [(line["tenant"], line["document"]) for line in lines if line["event"] == "tenant_invalid"]
    assert told_of == [("parish", "tenant")]
    await edit(world, timezone="Africa/Dakar", hours={})
    assert await run(world, checking) == 0
    assert (await tenant(world))["problem"] == ""
    good = await world.store.get(Version, tenant="parish", document="tenant")
    assert good is not None
    assert good.fields["timezone"] == "Africa/Dakar"


async def test_a_secret_in_place_of_its_name_is_not_in_the_sentence(world: World, checking: Checking) -> None:
    await edit(world, secrets={"link_key": "sk_LIVE_1"})
    assert await run(world, checking) == 1
    assert "LIVE" not in (await tenant(world))["problem"]


async def test_nothing_is_written_while_nothing_changes(world: World, checking: Checking) -> None:
    for fields in ({}, {"timezone": "Dakar"}):
        await edit(world, **fields)
        await run(world, checking)
        for again in (checking, Checking(world.store, world.clock)):  # the second one is another instance's
            account = effects.begin()
            await run(world, again)
            assert (account.writes, account.reads) == ([], 2)


async def test_a_wrong_channel_does_not_hide_the_others(world: World, checking: Checking) -> None:
    await world.store.put(
        StoredChannel(fields={"tenant": "parish", "channel": "a", "kind": ["waha"], "due_at": None})
    )
    await world.store.put(StoredChannel(fields={"tenant": "parish", "channel": "b", "kind": "wahaa"}))
    assert await run(world, checking) == 2
    problems = {
        each.fields["channel"]: each.fields["problem"]
        for each in await world.store.query(StoredChannel, limit=9, tenant="parish")
    }
    assert problems["waha"] == ""
    assert problems["a"].startswith("kind: ['waha'] is not text")
    assert problems["b"].startswith("kind: 'wahaa' is not a channel (expected one of ")
    assert await world.store.get(Version, tenant="parish", document="channels.a") is None


async def test_an_edit_during_the_check_is_looked_at_by_the_next_one(
    world: World, checking: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = world.store.put

    async def edited_meanwhile(doc: Any) -> None:
        await put(doc)
        monkeypatch.undo()
        await edit(world, timezone="Dakar")

    monkeypatch.setattr(world.store, "put", edited_meanwhile)
    await run(world, checking)
    assert (await tenant(world))["timezone"] == "Dakar"
    assert await run(world, checking) == 1


async def test_many_tenants_are_looked_at_in_pages(world: World, checking: Checking) -> None:
    for number in range(PAGE + 5):
        await world.store.put(Tenant(tenant=f"t{number:02}", name="T", languages=["fr"]))
    account = effects.begin()
    await run(world, checking)
    assert account.reads <= PAGE * 2 + 1
    world.clock.pass_(60)
    await checking.run()
    account = effects.begin()
    await checking.run()
    assert account.reads == 0, "a round over all tenants rests"
    found = await world.store.query(StoredTenant, limit=99)
    assert all(each.fields["checked"] for each in found)


async def test_a_wrong_tenant_does_not_stop_the_round_of_the_others(world: World) -> None:
    await edit(world, languages="fr")
    await world.store.put(Channel(tenant="inn", channel="webchat", kind="webchat"))
    await world.store.put(Tenant(tenant="inn", name="The inn", languages=["en"]))
    await world.store.put(StoredChannel(fields={"tenant": "parish", "channel": "waha", "kind": 3}))
    assert (await world.parts.rounds.run())["invalid"] == 2
    assert await world.parts.directory.tenant("inn") is not None
