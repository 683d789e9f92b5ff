"""Handling of a person's message in `reply`: it is stored, and answered if the turn is free."""

from __future__ import annotations

from shared.conversation import outbox
from shared.inbound.intake import Intake
from shared.inbound.media import MediaIntake, awaited
from shared.inbound.turns import Turns
from shared.models.events import FetchMedia, MessageReceived
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
    ) -> None:
        self._directory, self._publisher = directory, publisher
        self._intake, self._media, self._turns = intake, media, turns

    async def message(self, tenant: Tenant, event: MessageReceived) -> None:
        """Stores a message and runs its turn; above the tenant's share, the turn waits in line."""
        await self._turns.within_share(tenant, lambda at_once: self._receive(tenant, event, hold=at_once))

    async def fetch(self, _: Tenant, event: FetchMedia) -> None:
        """Fetches files that were too slow for their turn. Raises Retry while they may still come."""
        await self._media.again(await self._directory.connected(event.tenant, event.channel), event)

    async def _receive(self, tenant: Tenant, event: MessageReceived, *, hold: bool) -> None:
        terms = await self._directory.terms(event.tenant, event.channel)
        taken = await self._intake.receive(tenant, event, terms, hold=hold)
        logs.bind(conversation=taken.conversation, message=taken.message)
        if taken.stopped:
            logs.logger().info("stopped", outcome=taken.stopped.outcome, reason=taken.stopped.reason)
        for answer in taken.unpublished:
            await outbox.announce(self._publisher, event.tenant, taken.conversation, answer)
        if taken.for_staff and awaited(taken.for_staff):
            channel = await self._directory.connected(event.tenant, event.channel)
            await self._media.for_staff(channel, taken.for_staff)
        if taken.held:
            await self._turns.work(tenant, event.channel, taken.held)
        elif taken.waits:
            self._turns.wait(tenant, taken.conversation)
