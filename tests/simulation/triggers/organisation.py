"""The organisation in a world with triggers: its system, which writes people, and its administrators.

Each act is done by an instance that may crash, and is repeated until it was done, as a client does.
"""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.conversation.occurrences import happened
from shared.errors import ConfigurationError
from shared.models.deployment import Deployment
from shared.models.events import ContactsDue
from shared.models.people import Contact, Identity, Permission
from shared.models.tenant import Tenant
from shared.models.trigger import Trigger
from shared.platform.publishing import Publisher
from shared.platform.store import Transaction
from shared.triggers.broadcasts import Broadcasts
from shared.triggers.rules import Rules
from tests.simulation.documents import Write
from tests.simulation.people import Act
from tests.simulation.wire import TENANT

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.triggers.world import TriggerWorld

#: Share of changes whose planning is left to the next tick.
_UNTOLD = 0.3


def contact_of(person: int) -> str:
    """Returns the id of a person's contact as the organisation's system made it."""
    return f"c-{person:07d}"


def phone_of(person: int) -> str:
    return f"+22177{person:07d}"


class Organisation:
    def __init__(self, world: TriggerWorld) -> None:
        self._world = world

    def do(self, act: Act) -> None:
        """Does an act of the organisation, again and again until it is done."""
        if act.how.endswith("_console"):
            self._in_console(act)
            return
        process = self._world.pick("triggers")
        if process is None:
            self._later(act)
            return
        work = self._write(process, act) if act.do == "system" else self._administer(process, act)
        process.run(work, partial(self._ended, act, process))

    def _later(self, act: Act) -> None:
        self._world.loop.after(self._world.random.uniform(1, 20), self.do, act)

    def _ended(self, act: Act, process: Process, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if not task.cancelled() and error is None:
            self._world.journal.note("applied", about=act.id)
            return
        if isinstance(error, ConfigurationError):
            return  # stopped meanwhile, or meant for others now
        if process.alive:
            self._world.failed(error)
        self._later(act)

    # People

    async def _write(self, process: Process, act: Act) -> None:
        store, clock = process.ports.store, process.ports.clock
        tenant = await store.get(Tenant, tenant=TENANT)
        assert tenant is not None

        async def work(tx: Transaction) -> str:
            name = contact_of(act.person)
            contact = await tx.get(Contact, tenant=TENANT, contact=name)
            identity = await self._identity(tx, act.person) if act.how == "create" else None
            living = await self._living(tx, identity.contact if identity else name) or contact
            now = clock.now()
            contact = living or Contact(
                tenant=TENANT, contact=name, phone=phone_of(act.person), created_at=now
            )
            before = dict(contact.attributes)
            _apply(contact, json.loads(act.text), act, now)
            contact.plan_at = now
            begun = []
            for attribute in contact.attributes:
                if living and contact.attributes[attribute] != before.get(attribute):
                    found = happened(
                        tenant,
                        contact.contact,
                        "attribute_changed",
                        f"{act.id}.{attribute}",
                        now,
                        attribute=attribute,
                    )
                    begun += [
                        each
                        for each in found
                        if await tx.get(type(each), tenant=TENANT, occurrence=each.occurrence) is None
                    ]
            tx.put(contact)
            if identity is not None:
                identity.contact = identity.contact or contact.contact
                tx.put(identity)
            for occurrence in begun:
                tx.create(occurrence)
            return contact.contact

        changed = await store.transaction(work)
        if self._world.random.random() > _UNTOLD:
            event = ContactsDue(tenant=TENANT, contacts=[changed])
            await Publisher(process.ports.bus).publish("occurrences", event, tenant=TENANT)

    async def _identity(self, tx: Transaction, person: int) -> Identity:
        name = f"whatsapp:{phone_of(person)}"
        found = await tx.get(Identity, tenant=TENANT, identity=name)
        return found or Identity(tenant=TENANT, identity=name, contact="")

    async def _living(self, tx: Transaction, name: str) -> Contact | None:
        for _ in range(5):
            found = await tx.get(Contact, tenant=TENANT, contact=name) if name else None
            if found is None or not found.merged_into:
                return found
            name = found.merged_into
        return None

    # Administrators

    async def _administer(self, process: Process, act: Act) -> None:
        store = process.ports.store
        if act.how == "edit":

            async def work(tx: Transaction) -> None:
                found = await tx.get(Trigger, tenant=TENANT, trigger=act.target)
                assert found is not None
                found.declare(json.loads(act.text))
                tx.put(found)

            await store.transaction(work)
            return
        admin = Broadcasts(store, process.ports.clock, Rules(store))
        tenant = await store.get(Tenant, tenant=TENANT)
        assert tenant is not None
        if act.how == "confirm":
            rule = await admin.rule(tenant, act.target)
            await admin.confirm(tenant, rule, await admin.count(tenant, rule), "chief")
            return
        state: Any = {"pause": "paused", "resume": "active", "stop": "stopped"}[act.how]
        await admin.switch(tenant, act.target, state)

    def _in_console(self, act: Act) -> None:
        """Writes a field of the trigger's document, as an administrator does in the console."""
        path = Trigger.locate(tenant=TENANT, trigger=act.target)
        trigger = Trigger.model_validate(self._world.documents.rows[path].fields)
        match act.how.removesuffix("_console"):
            case "confirm":
                trigger.confirm = self._world.meant_for(act.target)
            case "pause" if trigger.state == "active":
                trigger.state = "paused"
            case "resume" if trigger.state == "paused":
                trigger.state = "active"
        self._world.documents.commit([Write.of("put", trigger)], [])

    def pause(self, seconds: float) -> None:
        """Pauses the deployment for so long."""
        state = Deployment(paused_at=self._world.clock.now(), why="a rehearsal")
        self._world.documents.commit([Write.of("put", state)], [])
        resumed = Write.of("put", Deployment())
        self._world.loop.after(seconds, self._world.documents.commit, [resumed], [])


def _apply(contact: Contact, fields: dict[str, Any], act: Act, now: Any) -> None:
    """Changes the fields of a contact; an attribute without a value is removed."""
    for name in ("name", "timezone", "country"):
        if name in fields:
            setattr(contact, name, fields[name])
    contact.attributes |= fields.get("attributes", {})
    contact.attributes = {name: value for name, value in contact.attributes.items() if value != ""}
    for kind, given in fields.get("permissions", {}).items():
        if given is not None:
            word = Permission(given=given, at=now, source="system", evidence=act.id)
            contact.permissions[kind] = word
    if act.how == "create":
        contact.phone = phone_of(act.person)
        name = f"whatsapp:{contact.phone}"
        contact.identities = list(dict.fromkeys([*contact.identities, name]))
