"""What the function `deliver` does with an event that something is to be sent."""

from __future__ import annotations

from shared.delivery.outbox import Outbox
from shared.models.events import OutboundReady
from shared.platform.fair_line import FairLine


class Sending:
    """Sends a tenant's messages within its share of the instance: a gateway that hangs holds up its own."""

    def __init__(self, outbox: Outbox, line: FairLine) -> None:
        self._outbox, self._line = outbox, line

    async def handle(self, event: OutboundReady) -> None:
        """Raises what `Outbox.drain` does. What waits for its tenant's share is open in the outbox, so that
        the sweep finds it if this instance ends."""

        async def work(at_once: bool) -> None:
            if at_once:
                await self._outbox.drain(event)
            else:
                name = f"{event.conversation}/{event.message}"
                self._line.wait(event.tenant, name, lambda: self._outbox.drain(event))

        await self._line.run(event.tenant, work)
