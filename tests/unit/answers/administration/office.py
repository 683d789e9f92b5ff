"""A tenant with an administrator, a supervisor and an agent, and people whom they administer."""

from __future__ import annotations

from pathlib import Path

from shared.models.administrator import Administrator
from shared.models.audit import AuditEntry
from shared.models.people import Contact
from shared.tenants import pins
from tests.unit.handoff.desk import ALWAYS, CHIEF, ONE, STAFF, TWO, offered, parish, said_to, writes
from tests.world import AWA, World

#: The administrator, a supervisor without that role, and an agent.
BOSS, LEAD, AGENT = CHIEF, TWO, ONE
PIN = "4711"
MOUSSA = "+221770000003"
ONCE = {
    "when": {"once": "confirmed"},
    "kind": "promotion",
    "says": {"fr": {"text": "Bonjour {{ name }}, la rentrée est lundi."}},
}


async def office(folder: Path, **tenant: object) -> World:
    staff = {name: {"shifts": ALWAYS, **member} for name, member in STAFF.items()}
    staff["two"]["roles"] = ["supervisor"]
    staff["two"]["languages"] = ["en"]
    world = await parish(folder, staff=staff, **tenant)
    pin = await pins.made(PIN, world.clock.now())
    await world.store.put(Administrator(tenant="parish", staff="chief", pin=pin))
    await named(world, "Awa Diop", AWA)
    await named(world, "Moussa Sagna", MOUSSA)
    world.channel.sent.clear()
    return world


async def named(world: World, name: str, number: str) -> None:
    """A person of this name writes for the first time."""
    event = world.message("Quand est la messe ?", peer=number)
    event = event.model_copy(update={"peer": event.peer.model_copy(update={"name": name})})
    await world.receive(event)
    await world.pump()


async def orders(world: World, text: str, number: str = BOSS) -> str:
    """Returns the answer to a command."""
    before = len(said_to(world, number))
    await writes(world, number, text)
    return "\n".join(said_to(world, number)[before:])


async def audit(world: World) -> list[AuditEntry]:
    return await world.store.query(AuditEntry, limit=100, order="at", tenant="parish")


async def last(world: World) -> tuple[str, str, str]:
    """Returns the staff, command and result of the newest entry in the audit log."""
    entry = (await audit(world))[-1]
    return entry.who, entry.what, entry.result


async def contact(world: World, name: str) -> Contact:
    found = await world.store.query(Contact, limit=100, tenant="parish")
    (one,) = [each for each in found if each.name == name]
    return one


async def own(world: World, staff: str = "chief") -> Administrator:
    found = await world.store.get(Administrator, tenant="parish", staff=staff)
    assert found is not None
    return found


__all__ = ["AGENT", "AWA", "BOSS", "LEAD", "MOUSSA", "ONCE", "PIN", "offered", "said_to", "writes"]
