"""A parish with triggers: people with attributes, and ticks of the schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from shared.models.occurrence import Occurrence
from shared.models.people import Contact, Identity, Permission
from shared.models.tenant import Tenant
from shared.models.trigger import Trigger
from tests.world import AWA, START, World

BINTA = "+221770000002"
ATTRIBUTES = {
    "check_in": {"type": "date"},
    "birth": {"type": "date"},
    "room": {"type": "text"},
    "group": {"type": "text"},
    "seen_at": {"type": "moment"},
}
#: The day before arrival at ten.
BEFORE: dict[str, Any] = {
    "when": {"before": "check_in", "days": 1, "at": "10:00"},
    "says": {"fr": {"text": "À demain, {{ name }} !"}},
}


async def parish(folder: Path, triggers: Mapping[str, Mapping[str, Any]], **tenant: Any) -> World:
    """Returns a world whose tenant has these triggers, and messages to strangers allowed."""
    world = World(folder)
    world.channel.terms = replace(world.channel.terms, strangers=True)
    messaging = {"channels": ["waha"], "per_day": 50, "per_week": 200} | tenant.pop("messaging", {})
    await world.begin(timezone="Africa/Dakar", attributes=ATTRIBUTES, messaging=messaging, **tenant)
    for name, definition in triggers.items():
        await declare(world, name, definition)
    await tick(world)
    return world


async def declare(world: World, name: str, definition: Mapping[str, Any]) -> None:
    """Writes a trigger as `make tenant` does."""
    found = await world.store.get(Trigger, tenant="parish", trigger=name)
    trigger = found or Trigger(tenant="parish", trigger=name, definition=dict(definition))
    trigger.declare(dict(definition))
    await world.store.put(trigger)


async def know(world: World, name: str = "Awa", phone: str = AWA, **fields: Any) -> Contact:
    """Writes a contact as the organisation's system does, and plans for it."""
    now = world.clock.now()
    allowed = {kind: Permission(given=True, at=now, source="system") for kind in ("service", "promotion")}
    known = {
        "tenant": "parish",
        "contact": f"c-{phone[-4:]}",
        "name": name,
        "phone": phone,
        "identities": [f"whatsapp:{phone}"],
        "permissions": allowed,
        "created_at": now,
        "plan_at": now,
    }
    contact = Contact.model_validate(known | fields)
    identity = Identity(tenant="parish", identity=f"whatsapp:{phone}", contact=contact.contact)
    await world.store.put(contact)
    await world.store.put(identity)
    await tick(world)
    return contact


async def change(world: World, contact: Contact, **fields: Any) -> None:
    """Changes fields of a contact, as any writer does."""
    found = await world.store.get(Contact, tenant="parish", contact=contact.contact)
    assert found is not None
    changed = found.model_copy(update={**fields, "plan_at": world.clock.now()})
    await world.store.put(changed)
    await tick(world)


async def tick(world: World, minutes: float = 0) -> None:
    """Lets the time pass, and runs the schedule's tick with all that follows from it."""
    world.clock.pass_(minutes * 60)
    await world.parts.triggers.tick.run()
    for _ in range(20):
        await world.pump()
        if not world.bus.waiting:
            return
        world.clock.pass_(1)


async def until(world: World, at: datetime, step: timedelta = timedelta(minutes=15)) -> None:
    """Runs ticks until that time."""
    while world.clock.now() < at:
        world.clock.time = min(at, world.clock.now() + step)
        await tick(world)
    await tick(world, 0.02)


async def schedule(world: World) -> list[Occurrence]:
    """Returns all occurrences, soonest first."""
    found = await world.store.query(Occurrence, limit=1000, tenant="parish")
    return sorted(found, key=lambda each: (each.planned_for, each.occurrence))


async def states(world: World) -> list[tuple[str, str]]:
    """Returns the local time and the state of all occurrences."""
    return [(each.local, each.state) for each in await schedule(world)]


async def tenant_of(world: World) -> Tenant:
    found = await world.store.get(Tenant, tenant="parish")
    assert found is not None
    return found


def day(number: int) -> str:
    """Returns a day after the beginning of the world, which is Friday, 20 November 2026, 10:00."""
    return (START + timedelta(days=number)).date().isoformat()
