"""What the function `reply` does with an inbound event: the one place where all of the conversation meets."""

from __future__ import annotations

from shared.channels import Channel
from shared.conversation import outbox
from shared.conversation.merging import Merging
from shared.errors import Drop
from shared.inbound.changes import Changes
from shared.inbound.identities import Identities
from shared.inbound.indicators import Indicators
from shared.inbound.intake import Held, Intake
from shared.inbound.media import MediaIntake, awaited
from shared.inbound.presence import HumanPresence
from shared.inbound.turn import Turn
from shared.models.events import (
    InboundEvent,
    MessageReceived,
    PeerBlocked,
    PeerMoved,
    StaffMessage,
    Wake,
)
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory

#: How many turns one event may carry on with before somebody else's event goes on.
TURNS = 10


class Reply:
    def __init__(
        self,
        directory: Directory,
        publisher: Publisher,
        clock: Clock,
        intake: Intake,
        media: MediaIntake,
        turn: Turn,
        presence: HumanPresence,
        changes: Changes,
        identities: Identities,
        merging: Merging,
    ) -> None:
        self._directory, self._publisher, self._clock = directory, publisher, clock
        self._intake, self._media, self._turn, self._presence = intake, media, turn, presence
        self._changes, self._identities, self._merging = changes, identities, merging

    async def handle(self, event: InboundEvent) -> None:
        """Raises Drop where nobody needs the event, Retry where it must come back."""
        tenant = await self._directory.tenant(event.tenant)
        if tenant is None:
            raise Drop("tenant_is_gone")
        if not isinstance(event, Wake):
            await self._merging.unite(event)
        match event:
            case MessageReceived():
                await self._message(tenant, event)
            case Wake():
                await self._wake(tenant, event)
            case StaffMessage():
                logs.bind(conversation=await self._presence.staff_wrote(tenant, event))
            case PeerBlocked():
                await self._identities.blocked(event)
            case PeerMoved():
                await self._identities.moved(event)
            case _:
                waiting = await self._changes.apply(event)
                if waiting and (held := await self._intake.wake(event.tenant, waiting)):
                    await self._turns(tenant, event.channel, held)

    async def _message(self, tenant: Tenant, event: MessageReceived) -> None:
        terms = await self._directory.terms(event.tenant, event.channel)
        taken = await self._intake.receive(tenant, event, terms)
        logs.bind(conversation=taken.conversation, message=taken.message)
        if taken.stopped:
            logs.logger().info("stopped", outcome=taken.stopped.outcome, reason=taken.stopped.reason)
        for answer in taken.unpublished:
            await outbox.announce(self._publisher, event.tenant, taken.conversation, answer)
        if taken.for_staff and awaited(taken.for_staff):
            await self._media.for_staff(await self._channel(tenant, event.channel), taken.for_staff)
        if taken.held:
            await self._turns(tenant, event.channel, taken.held)

    async def _wake(self, tenant: Tenant, event: Wake) -> None:
        held = await self._intake.wake(event.tenant, event.conversation)
        if held is None:
            raise Drop("nothing_to_wake")
        await self._turns(tenant, held.conversation.channel, held)

    async def _turns(self, tenant: Tenant, channel_name: str, held: Held) -> None:
        channel = await self._channel(tenant, channel_name)
        for _ in range(TURNS):
            following = await self._one(tenant, channel, held)
            if following is None:
                return
            held = following

    async def _channel(self, tenant: Tenant, name: str) -> Channel:
        channel = await self._directory.channel(tenant.tenant, name)
        if channel is None:
            raise Drop("channel_is_gone")
        return channel

    async def _one(self, tenant: Tenant, channel: Channel, held: Held) -> Held | None:
        async with Indicators(channel, self._clock) as indicators:
            committed = await self._turn.run(tenant, channel, held, indicators)
            if committed is None:
                return None
            if committed.answer:
                answer = committed.answer
                await outbox.announce(self._publisher, answer.tenant, answer.conversation, answer.message)
            return committed.held
