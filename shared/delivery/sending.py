"""Handling of outbound events in the function `deliver`."""

from __future__ import annotations

from shared.conversation.outbox import announce
from shared.delivery.outbox import Outbox
from shared.models.events import OutboundReady
from shared.platform.clock import Clock
from shared.platform.fair_line import FairLine
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher


class Sending:
    """Sends each tenant's messages within its share of the instance: a slow gateway delays one tenant.

    `share` is the number of slots of fair_line.FairLine.
    """

    def __init__(self, outbox: Outbox, publisher: Publisher, clock: Clock, share: int, pause: Pause) -> None:
        self._outbox, self._publisher, self._pause = outbox, publisher, pause
        self._line = FairLine(clock, share, self._drain, self._publish)

    async def handle(self, event: OutboundReady) -> None:
        """Sends a message, or puts it into the tenant's line. Raises Drop and Retry as `Outbox.drain`,
        and Drop if the deployment is paused.

        A message in the line, or of a paused deployment, is open in the outbox, so the sweep finds it later.
        """

        async def work(at_once: bool) -> None:
            if at_once:
                await self._drain(event)
            else:
                self._line.wait(event.tenant, event)

        await self._line.run(event.tenant, work)

    async def _drain(self, event: OutboundReady) -> None:
        await self._pause.check()
        await self._outbox.drain(event)

    async def _publish(self, event: OutboundReady) -> None:
        await announce(self._publisher, event.tenant, event.conversation, event.message)
