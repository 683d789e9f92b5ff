"""The tick of the function `handoff`: once a minute, requests and notices that are due, and commands of the
console."""

from __future__ import annotations

from collections import defaultdict

from shared.handoff.budgets import Budgets
from shared.handoff.console import Console
from shared.handoff.due import Due
from shared.handoff.notices import Notices
from shared.handoff.one_times import OneTimes
from shared.models.handoff import Handoff
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.store import Store, Where

_LIMIT = 500


class Tick:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        due: Due,
        notices: Notices,
        console: Console,
        budgets: Budgets,
        one_times: OneTimes,
        pause: Pause,
    ) -> None:
        self._store, self._clock, self._pause = store, clock, pause
        self._due, self._notices, self._console, self._budgets = due, notices, console, budgets
        self._one_times = one_times

    async def run(self) -> dict[str, int]:
        """Handles due requests, commands, notices, budgets and one-time codes; returns the number of each.

        Requests come first: nothing else that fails may hold back people who wait. A paused deployment only
        counts them.
        """
        done = {}
        if not await self._pause.in_force():
            done = {
                "requests": await self._due.run(),
                "commands": await self._console.run(),
                "notices": await self._notices.retry(),
                "budgets": await self._budgets.run(),
                "one_times": await self._one_times.run(),
            }
        await self._report_waiting()
        return done

    async def _report_waiting(self) -> None:
        """Logs how many requests nobody has taken and the age (s) of the oldest.

        Over all tenants, as a sign of life, then for each tenant with such requests, so that one tenant's
        alert does not hide the next.
        """
        found: list[Handoff] = []
        for state in ("requested", "notified"):
            found += await self._store.query(
                Handoff, where=[Where("state", "==", state)], order="created_at", limit=_LIMIT
            )
        now = self._clock.now()
        # A request that waits for the next shift is not overdue.
        called = [
            each for each in found if each.climbed_at is not None or each.due_at is None or each.due_at <= now
        ]
        ages: dict[str, list[float]] = defaultdict(list)
        for request in called:
            ages[request.tenant].append((now - request.created_at).total_seconds())
        oldest = max((max(each) for each in ages.values()), default=0.0)
        logs.logger().info("handoffs_open", waiting=len(called), oldest_seconds=oldest)
        for tenant, each in ages.items():
            logs.logger().info("handoffs_waiting", tenant=tenant, waiting=len(each), oldest_seconds=max(each))
