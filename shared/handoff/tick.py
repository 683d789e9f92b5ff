"""The tick of the function `handoff`: once a minute, requests and notices that are due, and commands of the
console."""

from __future__ import annotations

from shared.handoff.console import Console
from shared.handoff.due import Due
from shared.handoff.notices import Notices
from shared.models.handoff import Handoff
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.store import Store, Where

_LIMIT = 500


class Tick:
    def __init__(
        self, store: Store, clock: Clock, due: Due, notices: Notices, console: Console, pause: Pause
    ) -> None:
        self._store, self._clock, self._pause = store, clock, pause
        self._due, self._notices, self._console = due, notices, console

    async def run(self) -> dict[str, int]:
        """Does what is due; returns the numbers of requests, commands and notices.

        Requests come first: nothing else that fails may hold back people who wait. A paused deployment only
        counts them.
        """
        done = {}
        if not await self._pause.in_force():
            done = {
                "requests": await self._due.run(),
                "commands": await self._console.run(),
                "notices": await self._notices.retry(),
            }
        await self._count()
        return done

    async def _count(self) -> None:
        """Logs how many requests nobody has taken, and the age (s) of the oldest, for an alert."""
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
        ages = [(now - request.created_at).total_seconds() for request in called]
        logs.logger().info("handoffs_open", waiting=len(called), oldest_seconds=max(ages, default=0.0))
