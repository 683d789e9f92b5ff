"""What the function `deliver` does with an event that something is to be sent."""

from __future__ import annotations

from shared.conversation.outbox import announce
from shared.delivery.outbox import Outbox
from shared.models.events import OutboundReady
from shared.platform.clock import Clock
from shared.platform.fair_line import FairLine
from shared.platform.publishing import Publisher


class Sending:
    """Sends a tenant's messages within its share of the instance: a gateway that hangs holds up its own.
    `share` is what fair_line.FairLine calls its slots."""

    def __init__(self, outbox: Outbox, publisher: Publisher, clock: Clock, share: int) -> None:
        self._outbox, self._publisher = outbox, publisher
        self._line = FairLine(clock, share, outbox.drain, self._publish)

    async def handle(self, event: OutboundReady) -> None:
        """Raises what `Outbox.drain` does. What waits for its tenant's share is open in the outbox, so that
        the sweep finds it if this instance ends."""

        async def work(at_once: bool) -> None:
            if at_once:
                await self._outbox.drain(event)
            else:
                self._line.wait(event.tenant, event)

        await self._line.run(event.tenant, work)

    async def _publish(self, event: OutboundReady) -> None:
        await announce(self._publisher, event.tenant, event.conversation, event.message)
