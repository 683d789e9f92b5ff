"""Planning right after a change of a contact, so that its occurrences are there when that is answered."""

from __future__ import annotations

from shared.errors import Retry
from shared.platform import logs
from shared.tenants.directory import Directory
from shared.triggers.planning import Planner
from shared.triggers.rules import Rules


class AtOnce:
    def __init__(self, directory: Directory, rules: Rules, planner: Planner) -> None:
        self._directory, self._rules, self._planner = directory, rules, planner

    async def plan(self, tenant: str, contact: str) -> None:
        """Plans a contact's occurrences. If the store has no time, the next tick does it."""
        found = await self._directory.tenant(tenant)
        if found is None:
            return
        try:
            await self._planner.plan(found, await self._rules.of(found), contact)
        except Retry as error:
            logs.logger().info("planned_later", tenant=tenant, contact=contact, reason=error.reason)
