"""Contract of the store on documents that people edit: any field may be there, and all can be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.models.stored import StoredChannel, StoredTenant
from shared.models.tenant import Channel, Health, Tenant
from shared.platform.store import Store, Where
from shared.tenants import versions
from shared.tenants.validation import validate_settings

INN = {"tenant": "inn", "name": "The inn", "languages": ["en"]}
AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


async def edit(store: Store, **fields: Any) -> None:
    """Writes fields into the inn's document, as a console does."""
    stored = await store.get(StoredTenant, tenant="inn")
    assert stored is not None
    stored.fields |= fields
    await store.replace(stored)


async def test_a_wrong_document_is_read_and_written_as_it_is(store: Store) -> None:
    wrong = {**INN, "limits": {"mesages": [1, 2.5, None, {"a": True}]}, "name": 7, "since": AT}
    await store.put(StoredTenant(fields=wrong))
    stored = await store.get(StoredTenant, tenant="inn")
    assert stored is not None
    assert stored.fields["limits"] == wrong["limits"]
    await store.replace(stored)
    where = [Where("tenant", ">", "a")]
    assert len(await store.query(StoredTenant, where=where, order="tenant", limit=5)) == 1


async def test_what_was_written_by_a_program_passes_the_check_after_a_trip_through_the_store(
    store: Store,
) -> None:
    tenant = Tenant.model_validate({**INN, "answers": {"seconds": 12, "budget": {"per_day": 2}}})
    await versions.write(store, tenant)
    stored = await store.get(StoredTenant, tenant="inn")
    assert stored is not None
    assert validate_settings(stored.fields) == tenant
    assert stored.fields["checked"] == stored.digest


async def test_a_wrong_edit_leaves_the_version_in_force(store: Store) -> None:
    tenant = Tenant.model_validate(INN)
    await versions.write(store, tenant)
    await edit(store, limits=[], answers={"provder": "x"})
    assert await versions.tenant(store, "inn") == tenant
    assert [each.tenant for each in await versions.tenants(store, 5)] == ["inn"]


async def test_a_channels_times_come_back_as_times(store: Store) -> None:
    health = Health(status="WORKING", working=True, at=AT)
    await store.put(Channel(tenant="inn", channel="waha", kind="waha", due_at=AT, health=health))
    stored = await store.get(StoredChannel, tenant="inn", channel="waha")
    assert stored is not None
    assert (stored.due_at, stored.health) == (AT, health)
    stored.fields["due_at"] = {"soon": True}
    await store.put(stored)
    again = await store.get(StoredChannel, tenant="inn", channel="waha")
    assert again is not None
    assert again.due_at is None
