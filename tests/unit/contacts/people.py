"""A small world whose tenant declares attributes, and writing of its people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from shared.contacts.record import Reader
from shared.contacts.stating import Evidence
from shared.contacts.writing import Outcome, Writing
from shared.models.external import External
from shared.models.people import Contact, Identity, plain_id
from shared.models.tenant import Tenant
from tests.world import AWA, World

MOUSSA = "+221770000002"
ATTRIBUTES: dict[str, Any] = {
    "room": {"type": "text", "label": {"en": "Room", "fr": "Chambre"}},
    "check_in": {"type": "date", "label": {"fr": "Arrivée", "en": "Arrival"}},
    "nights": {"type": "number"},
    "dinner_at": {"type": "time"},
    "transfer_at": {"type": "moment"},
    "vip": {"type": "boolean", "label": {"fr": "Habitué"}},
    "board": {"type": "choice", "choices": ["Half", "Full", "Aucune"]},
    "allergies": {"type": "list_of_text", "private": True},
}


class People:
    """Writes people of the tenant `parish`, and reads the results."""

    def __init__(self, world: World, tenant: Tenant) -> None:
        self.world, self.tenant = world, tenant
        self.writing = Writing(world.store, world.clock, world.ids)

    async def put(self, record: str, version: int | None, phone: str | None = AWA, **body: Any) -> Outcome:
        said = Reader(self.tenant).body({**body, **({"phone": phone} if phone else {})})
        source = Evidence("system" if version is not None else "file", f"{record}, version {version}")
        return await self.writing.write(self.tenant, record, said, version=version, evidence=source)

    async def delete(self, record: str, version: int) -> Outcome:
        return await self.writing.delete(self.tenant, record, version=version)

    async def contact(self, contact: str) -> Contact:
        found = await self.world.store.get(Contact, tenant="parish", contact=contact)
        assert found is not None
        return found

    async def about(self, record: str) -> Contact:
        """Returns the contact of a record, after merges."""
        contact = await self.contact((await self.record(record)).contact)
        return await self.contact(contact.merged_into) if contact.merged_into else contact

    async def record(self, record: str) -> External:
        found = await self.world.store.get(External, tenant="parish", external=plain_id(record))
        assert found is not None
        return found

    async def with_number(self, phone: str) -> str:
        """Returns the contact that has the phone number, or "" if none has it."""
        found = await self.world.store.get(Identity, tenant="parish", identity=f"whatsapp:{phone}")
        return found.contact if found else ""


async def people(folder: Path, **tenant: Any) -> People:
    settings = {"attributes": ATTRIBUTES, "timezone": "Africa/Dakar", **tenant}
    world = await World(folder).begin(**settings)
    found = await world.store.get(Tenant, tenant="parish")
    assert found is not None
    return People(world, found)
