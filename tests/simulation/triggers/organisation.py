"""The organisation in a world with triggers: its system, which writes people, and its administrators.

Each act is done by an instance that may crash, and is repeated until it was done, as a client does.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from functools import partial
from typing import TYPE_CHECKING, Any

from shared.errors import ConfigurationError, Rejected
from shared.models.deployment import Deployment
from shared.models.tenant import Tenant
from shared.models.trigger import Trigger
from shared.platform.store import Transaction
from shared.triggers.broadcasts import Broadcasts
from shared.triggers.rules import Rules
from tests.simulation.documents import Write
from tests.simulation.people import Act
from tests.simulation.wire import TENANT

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.triggers.world import TriggerWorld


class Organisation:
    def __init__(self, world: TriggerWorld) -> None:
        self._world = world

    def do(self, act: Act) -> None:
        """Does an act of the organisation, again and again until it is done."""
        if act.how.endswith("_console"):
            self._in_console(act)
            return
        process = self._world.pick("contacts" if act.do == "system" else "triggers")
        if process is None:
            self._later(act)
            return
        work = self._put(process, act) if act.do == "system" else self._administer(process, act)
        process.run(work, partial(self._ended, act, process))

    def _later(self, act: Act) -> None:
        self._world.loop.after(self._world.random.uniform(1, 20), self.do, act)

    def _ended(self, act: Act, process: Process, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if not task.cancelled() and error is None:
            self._world.journal.note("applied", about=act.id)
            return
        if isinstance(error, ConfigurationError | Rejected):
            return  # stopped meanwhile, or meant for others now; an older version of a record
        if process.alive:
            self._world.failed(error)
        self._later(act)

    async def _put(self, process: Process, act: Act) -> None:
        """Sends a version of a record, as the organisation's own system does."""
        body = act.text.encode()
        signature = f"sha256={hmac.new(b'local-secret', body, hashlib.sha256).hexdigest()}"
        await process.parts.requests.put(TENANT, f"p{act.person}", body, signature)

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
            await admin.confirm(tenant, rule, (await admin.count(tenant, rule)).count, "chief")
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
