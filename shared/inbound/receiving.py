"""Handling of a person's message in `reply`: it is stored, and answered if the turn is free."""

from __future__ import annotations

from shared.conversation import handoffs, outbox
from shared.conversation.relaying import Relays
from shared.inbound.floods import Floods
from shared.inbound.intake import Intake
from shared.inbound.media import MediaIntake, awaited
from shared.inbound.turns import Turns
from shared.inbound.voice_alarms import VoiceAlarms
from shared.models.events import FetchMedia, MessageReceived
from shared.models.message import Inbound, Outcome
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory


class Receiving:
    def __init__(
        self,
        directory: Directory,
        publisher: Publisher,
        intake: Intake,
        media: MediaIntake,
        turns: Turns,
        relays: Relays,
        alarms: VoiceAlarms,
        floods: Floods,
    ) -> None:
        self._directory, self._publisher, self._relays, self._floods = directory, publisher, relays, floods
        self._intake, self._media, self._turns, self._alarms = intake, media, turns, alarms

    async def message(self, tenant: Tenant, event: MessageReceived) -> None:
        """Stores a message and runs its turn; above the tenant's share, the turn waits in line."""
        await self._turns.within_share(tenant, lambda at_once: self._receive(tenant, event, hold=at_once))

    async def fetch(self, tenant: Tenant, event: FetchMedia) -> None:
        """Fetches files that were too slow for their turn. Raises Retry while they may still come."""
        channel = await self._directory.connected(event.tenant, event.channel)
        try:
            await self._alarms.check(tenant, await self._media.again(channel, event))
        finally:
            await self._relays.send(event.tenant, event.conversation)

    async def _receive(self, tenant: Tenant, event: MessageReceived, *, hold: bool) -> None:
        terms = await self._directory.terms(event.tenant, event.channel)
        taken = await self._intake.receive(tenant, event, terms, hold=hold)
        logs.bind(conversation=taken.conversation, message=taken.message)
        if taken.stopped:
            logs.logger().info("stopped", outcome=taken.stopped.outcome, reason=taken.stopped.reason)
        for answer in taken.unpublished:
            await outbox.announce(self._publisher, event.tenant, taken.conversation, answer)
        if taken.due:
            await handoffs.announce(self._publisher, event.tenant, taken.due)
        if taken.for_staff:
            await self._for_staff(tenant, taken.for_staff)
        if taken.held:
            await self._turns.work(tenant, event.channel, taken.held)
        elif taken.waits:
            self._turns.wait(tenant, taken.conversation)
        await self._floods.settle(tenant)

    async def _for_staff(self, tenant: Tenant, message: Inbound) -> None:
        """Fetches the files of a message that was left to a human, and sends it on to the human's desk.

        Of a person who opted out or was turned away in a flood, only voice notes are heard, in case that they
        are an emergency.
        """
        if message.outcome == Outcome.SUPPRESSED and not self._alarms.hears(tenant, message):
            return
        if awaited(message):
            channel = await self._directory.connected(tenant.tenant, message.channel)
            message = await self._media.for_staff(channel, message)
        await self._alarms.check(tenant, message)
        await self._relays.send(tenant.tenant, message.conversation)
