"""Administrators of the local run have its PIN, until they set one of their own."""

from __future__ import annotations

from scripts.local import seed
from shared.models.administrator import Administrator
from shared.tenants import pins
from tests.world import World


async def test_each_demo_administrator_gets_the_pin_once(world: World) -> None:
    files, store, now = seed.load("http://localhost:8080"), world.store, world.clock.now()
    await seed.set_pins(store, files, now)
    for tenant in ("diocese", "hotel"):
        found = await store.get(Administrator, tenant=tenant, staff="supervisor")
        assert found
        assert found.pin
        assert (await pins.attempt("4711", found.pin.salt)).fits(found.pin)
        assert not (await pins.attempt("4712", found.pin.salt)).fits(found.pin)
        found.pin = await pins.made("2580", now)
        await store.put(found)
    await seed.set_pins(store, files, now)
    kept = await store.get(Administrator, tenant="hotel", staff="supervisor")
    assert kept
    assert kept.pin
    assert (await pins.attempt("2580", kept.pin.salt)).fits(kept.pin)
