"""The round that Cloud Scheduler starts once a minute: the sweep, then the watch of gateways.

A paused deployment does neither: nothing is woken or sent, and gateways that post elsewhere by now raise no
alarm. It says in its log for how long it has been paused, which an operator is reminded of after a day.
"""

from __future__ import annotations

from dataclasses import asdict

from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.upkeep.sweep import Sweep
from shared.upkeep.watch import Watch


class Rounds:
    def __init__(self, clock: Clock, pause: Pause, sweep: Sweep, watch: Watch) -> None:
        self._clock, self._pause, self._sweep, self._watch = clock, pause, sweep, watch

    async def run(self) -> dict[str, int]:
        """Does one round. Returns the numbers of the sweep and of the watch, none if it is paused."""
        deployment = await self._pause.deployment()
        if deployment.paused_at is not None:
            seconds = (self._clock.now() - deployment.paused_at).total_seconds()
            logs.logger().warning("paused", seconds=seconds, why=deployment.why)
            return {}
        return asdict(await self._sweep.run()) | asdict(await self._watch.run())
