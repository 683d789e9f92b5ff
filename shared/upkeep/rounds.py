"""The round that Cloud Scheduler starts once a minute: the sweep, the watches of gateways and credits, the
check of edits in the console, reflections, erasures, and the end of private pages.

A paused deployment does none of it: nothing is woken or sent, and gateways that post elsewhere by now raise
no alarm. It says in its log for how long it has been paused, which an operator is reminded of after a day.
"""

from __future__ import annotations

from dataclasses import asdict

from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.upkeep.checking import Checking
from shared.upkeep.credits import Credits
from shared.upkeep.erasing import Erasing
from shared.upkeep.pages import Pages
from shared.upkeep.reflections import Reflections
from shared.upkeep.sweep import Sweep
from shared.upkeep.watch import Watch


class Rounds:
    def __init__(
        self,
        clock: Clock,
        pause: Pause,
        sweep: Sweep,
        watch: Watch,
        credits: Credits,
        checking: Checking,
        reflections: Reflections,
        pages: Pages,
        erasing: Erasing,
    ) -> None:
        self._clock, self._pause, self._sweep, self._watch = clock, pause, sweep, watch
        self._credits, self._checking, self._reflections = credits, checking, reflections
        self._pages, self._erasing = pages, erasing

    async def run(self) -> dict[str, int]:
        """Does one round. Returns the numbers of its parts, none if it is paused."""
        deployment = await self._pause.deployment()
        if deployment.paused_at is not None:
            seconds = (self._clock.now() - deployment.paused_at).total_seconds()
            logs.logger().warning("paused", seconds=seconds, why=deployment.why)
            return {}
        done = asdict(await self._sweep.run()) | asdict(await self._watch.run())
        done |= {"credits_low": await self._credits.run(), "invalid": await self._checking.run()}
        done |= {"erased": await self._erasing.run(), "reflected": await self._reflections.run()}
        return done | {"pages_over": await self._pages.run()}
