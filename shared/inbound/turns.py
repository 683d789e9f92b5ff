"""Runs a tenant's turns, within its share of the instance."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from shared.channels import Channel
from shared.conversation import handoffs, one_times, outbox
from shared.errors import Drop
from shared.inbound.indicators import Indicators
from shared.inbound.intake import Held, Intake
from shared.inbound.turn import Turn
from shared.models.events import Wake
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.fair_line import FairLine
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory

#: Turns that one event may run before it ends.
TURNS = 10


class Turns:
    """Runs turns; `share` is the number of slots of fair_line.FairLine.

    `write_usage` writes the cost of a tenant's models: once after each turn, when the answer is on its way.
    """

    def __init__(
        self,
        directory: Directory,
        publisher: Publisher,
        clock: Clock,
        intake: Intake,
        turn: Turn,
        share: int,
        pause: Pause,
        write_usage: Callable[[str], Awaitable[None]],
    ) -> None:
        self._directory, self._publisher, self._clock = directory, publisher, clock
        self._intake, self._turn, self._pause = intake, turn, pause
        self._write_usage = write_usage
        self._line = FairLine(clock, share, self._take_up, self._publish)

    async def within_share(self, tenant: Tenant, work: Callable[[bool], Awaitable[None]]) -> None:
        """Does `work(True)` if the tenant has a share of the instance free, else `work(False)`.

        While the deployment is paused no turn runs: messages wait for it, and are answered together.
        """
        if await self._pause.in_force():
            await work(False)
            return
        await self._line.run(tenant.tenant, work)

    async def wake(self, tenant: Tenant, event: Wake) -> None:
        """Runs the turn of a conversation with pending messages, as soon as the tenant has a free share.

        Raises Drop if no turn is due, or if the deployment is paused.
        """

        async def work(at_once: bool) -> None:
            if at_once:
                await self._take_up(event)
            else:
                self._line.wait(event.tenant, event)

        await self._line.run(tenant.tenant, work)

    def wait(self, tenant: Tenant, conversation: str) -> None:
        """Puts a conversation with messages pending at the end of the tenant's line."""
        self._line.wait(tenant.tenant, Wake(tenant=tenant.tenant, conversation=conversation))

    async def work(self, tenant: Tenant, channel_name: str, held: Held) -> None:
        """Runs the held turn and those that follow it."""
        channel = await self._directory.connected(tenant.tenant, channel_name)
        for _ in range(TURNS):
            following = await self._one(tenant, channel, held)
            if following is None:
                return
            held = following

    async def _take_up(self, event: Wake) -> None:
        await self._pause.check()
        tenant = await self._directory.tenant(event.tenant)
        if tenant is None:
            raise Drop("tenant_is_gone")
        held = await self._intake.wake(event.tenant, event.conversation)
        if held is None:
            raise Drop("nothing_to_wake")
        logs.bind(conversation=event.conversation, message=held.owner)
        await self.work(tenant, held.conversation.channel, held)

    async def _publish(self, event: Wake) -> None:
        ids = {"tenant": event.tenant, "conversation": event.conversation}
        await self._publisher.publish("inbound", event, **ids)

    async def _one(self, tenant: Tenant, channel: Channel, held: Held) -> Held | None:
        async with Indicators(channel, self._clock) as indicators:
            committed = await self._turn.run(tenant, channel, held, indicators)
            if committed is None:
                await self._write_usage(tenant.tenant)
                return None
            for conversation, message in committed.queued.items():
                await outbox.announce(self._publisher, tenant.tenant, conversation, message)
            for handoff in committed.due:
                await handoffs.announce(self._publisher, tenant.tenant, handoff)
            if committed.one_time:
                await one_times.announce(self._publisher, tenant.tenant, committed.one_time)
            await self._write_usage(tenant.tenant)
            return committed.held
