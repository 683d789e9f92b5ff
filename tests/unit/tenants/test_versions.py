"""Edits in the database's console: a wrong one of any kind leaves the last good version in force."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import ConfigurationError
from shared.models.stored import StoredChannel, StoredTenant
from shared.models.tenant import Channel, Listens, Tenant
from shared.platform import effects
from shared.tenants import versions
from shared.tenants.problems import Invalid
from tests.world import World

WRONG: list[dict[str, Any]] = [
    {"name": 7},
    {"languages": []},
    {"limits": {"mesages_per_minute": 3}},
    {"limits": {"messages_per_minute": "many"}},
    {"hours": {"mon": ["18:00-09:00"]}},
    {"hours": {"mon": ["morning"]}},
    {"timezone": "Dakar"},
    {"timezone": ""},
    {"staff": {"awa": {"name": "Awa", "ways": [{"notifier": "mail", "to": "awa@x.example"}]}}},
    {"staff": None},
    {"nam": "Parish"},
    {"attributes": {"today": {"type": "text", "label": {}}}},
    {"answers": {"models": {"m": {"format": "gemini", "url": "ftp://x"}}}},
    {"services": {"notes": {"kind": "gates", "names": {"fr": "Notes"}}}},
    {"listens": "everything"},
    {"texts": {"fr": {"welcom": "Bonjour"}}},
]


async def stored(world: World) -> StoredTenant:
    found = await world.store.get(StoredTenant, tenant="parish")
    assert found is not None
    return found


async def edit(world: World, fields: dict[str, Any]) -> None:
    """Edits the tenant in the console, and lets the minute of the cache pass."""
    found = await stored(world)
    found.fields |= fields
    await world.store.put(found)
    world.clock.pass_(61)


@pytest.fixture
async def kept(world: World) -> World:
    """The parish after its good version was kept."""
    await world.parts.rounds.run()
    return world


@pytest.mark.parametrize("fields", WRONG, ids=lambda fields: f"{fields}"[:60])
async def test_people_are_answered_as_before_a_wrong_edit(kept: World, fields: dict[str, Any]) -> None:
    await edit(kept, fields)
    await kept.say("Quand est la messe ?")
    assert kept.texts() == ["answer to: Quand est la messe ?"]
    tenant = await kept.parts.directory.tenant("parish")
    assert tenant is not None
    assert (tenant.name, tenant.timezone) == ("Parish", "UTC")


async def test_a_right_edit_is_in_force_at_once_without_a_check_before(kept: World) -> None:
    await edit(kept, {"timezone": "Africa/Dakar", "limits": {"messages_per_minute": 3}})
    tenant = await kept.parts.directory.tenant("parish")
    assert tenant is not None
    assert (tenant.timezone, tenant.limits.messages_per_minute) == ("Africa/Dakar", 3)


async def test_a_right_tenant_costs_one_read_a_minute_and_a_wrong_one_two(kept: World) -> None:
    for fields, reads in (({}, 1), ({"timezone": "Africa/Dakar"}, 1), ({"timezone": "Dakar"}, 2)):
        await edit(kept, fields)
        account = effects.begin()
        for _ in range(5):
            await kept.parts.directory.tenant("parish")
        assert account.reads == reads


async def test_what_we_wrote_since_the_good_version_stays_in_force(kept: World) -> None:
    listens = Listens(events={"new_contact": ["hello"]})
    await edit(kept, {"listens": listens.model_dump(), "timezone": "Dakar"})
    tenant = await kept.parts.directory.tenant("parish")
    assert tenant is not None
    assert tenant.listens == listens


async def test_a_name_that_was_edited_away_is_no_harm(kept: World) -> None:
    found = await stored(kept)
    del found.fields["tenant"]
    path = "tenants/parish"
    kept.store.open().execute(
        "UPDATE documents SET body = json_remove(body, '$.tenant') WHERE path = ?", [path]
    )
    kept.clock.pass_(61)
    tenant = await kept.parts.directory.tenant("parish")
    assert tenant is not None
    assert tenant.tenant == "parish"


async def test_without_a_good_version_an_edit_that_can_be_read_is_in_force(world: World) -> None:
    await edit(world, {"hours": {"mon": ["18:00-09:00"]}})
    tenant = await world.parts.directory.tenant("parish")
    assert tenant is not None
    assert tenant.hours == {"mon": ["18:00-09:00"]}


async def test_without_a_good_version_the_error_says_what_to_mend(world: World) -> None:
    await edit(world, {"limits": {"mesages_per_minute": 3}})
    with pytest.raises(
        ConfigurationError, match=r"^tenants/parish: limits\.mesages_per_minute: is not a field"
    ):
        await world.parts.directory.tenant("parish")


async def test_a_wrong_channel_is_as_before_and_another_is_not_touched(world: World) -> None:
    await world.store.put(Channel(tenant="parish", channel="other", kind="telegram"))
    await world.parts.rounds.run()
    found = await world.store.get(StoredChannel, tenant="parish", channel="waha")
    assert found is not None
    for wrong in ({"kind": "wahaa"}, {"settings": {"a": None}}, {"secrets": "s"}, {"knd": "waha"}):
        await world.store.put(StoredChannel(fields={**found.fields, **wrong}))
        world.clock.pass_(61)
        settings = await world.parts.directory.settings("parish", "waha")
        assert settings is not None
        assert (settings.kind, settings.settings) == ("waha", {})
        assert await world.parts.directory.channel("parish", "other") is not None
        await world.parts.rounds.run()


async def test_a_program_cannot_write_a_wrong_tenant(world: World) -> None:
    with pytest.raises(Invalid, match="timezone: 'Dakar' is not a time zone"):
        await versions.write(
            world.store, Tenant(tenant="inn", name="The inn", languages=["en"], timezone="Dakar")
        )
    assert await world.store.get(Tenant, tenant="inn") is None
