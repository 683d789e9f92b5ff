"""Commands of an administrator in the database's console: `taken_by`, written into a request, gives it to
somebody.

A tick finds them, carries them out, or says in `refused` why not (infra/decisions/0021-handoff.md).
"""

from __future__ import annotations

from shared.conversation import handoffs, taking
from shared.handoff.ladder import Target, members, targets
from shared.handoff.telling import Telling
from shared.models.handoff import CONSOLE, Handoff
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction, Where
from shared.tenants.directory import Directory

_LIMIT = 50
_WAITING = ("requested", "notified")


class Console:
    def __init__(
        self, store: Store, clock: Clock, directory: Directory, telling: Telling, publisher: Publisher
    ) -> None:
        self._store, self._clock, self._directory = store, clock, directory
        self._telling, self._publisher = telling, publisher

    async def run(self) -> int:
        """Carries out the commands that wait; returns their number."""
        found: list[Handoff] = []
        for state in _WAITING:
            where = [Where("state", "==", state), Where("taken_by", ">", "")]
            found += await self._store.query(Handoff, where=where, order="taken_by", limit=_LIMIT)
        for request in found:
            tenant = await self._directory.tenant(request.tenant)
            if tenant is None:
                logs.logger().warning("tenant_is_gone", handoff=request.handoff)
                continue
            await self._store.transaction(lambda tx, r=request, t=tenant: self._take(tx, t, r.handoff))  # type: ignore[misc]
            await handoffs.announce(self._publisher, request.tenant, request.handoff)
        return len(found)

    async def _take(self, tx: Transaction, tenant: Tenant, handoff: str) -> None:
        request = await tx.get(Handoff, tenant=tenant.tenant, handoff=handoff)
        if request is None or not request.taken_by or request.state not in _WAITING:
            return
        staff, now = request.taken_by, self._clock.now()
        member = members(tenant).get(staff)
        if member is None or not member.ways:
            known = ", ".join(name for name, each in members(tenant).items() if each.ways) or "nobody"
            request.taken_by = ""
            request.refused = f"taken_by: {staff!r} is not a member of staff (expected one of {known})"
            tx.put(request)
            logs.logger().warning("command_refused", handoff=handoff)
            return
        target: Target = targets(staff, member)[0]
        reached = None
        if target.way.channel:
            reached = await self._telling.desk(tx, tenant, target, now)
        desk, written = reached if reached is not None else (None, ())
        result = await taking.take(
            tx,
            tenant,
            handoff,
            staff,
            target.label,
            now,
            desk=desk.conversation if desk else "",
            by=CONSOLE,
        )
        if result.verdict == "done":
            for document in written:
                tx.put(document)
            if desk is not None:
                tx.put(desk)
            result.write()
            return
        request.taken_by, request.refused = "", f"taken_by: refused ({result.verdict})"
        tx.put(request)
