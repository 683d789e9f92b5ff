"""Directory of tenants and channels: cached for a minute, so that a usual turn reads neither."""

from __future__ import annotations

from shared.models.tenant import Channel, Tenant
from shared.platform import effects
from tests.world import World


async def test_the_second_look_reads_nothing(world: World) -> None:
    directory = world.parts.directory
    await directory.tenant("parish")
    await directory.channel("parish", "waha")
    account = effects.begin()
    await directory.tenant("parish")
    await directory.channel("parish", "waha")
    assert account.reads == 0


async def test_a_change_is_seen_within_a_minute(world: World) -> None:
    directory = world.parts.directory
    await directory.tenant("parish")
    await world.store.put(Tenant(tenant="parish", name="Renamed", languages=["fr"]))
    before = await directory.tenant("parish")
    world.clock.pass_(60)
    after = await directory.tenant("parish")
    assert (before and before.name, after and after.name) == ("Parish", "Renamed")


async def test_a_stranger_costs_one_read_and_a_new_tenant_is_seen_soon(world: World) -> None:
    directory = world.parts.directory
    account = effects.begin()
    assert [await directory.channel("nobody", "waha") for _ in range(5)] == [None] * 5
    assert account.reads == 1
    await world.store.put(Channel(tenant="nobody", channel="waha", kind="waha"))
    world.clock.pass_(5)
    assert await directory.channel("nobody", "waha") is not None


async def test_one_tenants_channel_is_not_anothers(world: World) -> None:
    assert await world.parts.directory.channel("other", "waha") is None
