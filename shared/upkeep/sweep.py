"""The sweep: once a minute it wakes abandoned conversations, resends open messages and counts overdue ones.

It is the safety net under leases and claims: after a crash the bus redelivers an event by itself, and the
sweep finds the rest.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from shared.conversation import outbox
from shared.conversation.conversation import Conversation
from shared.models.events import Wake
from shared.models.message import RESEND_AFTER, Inbound, Outbound
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher
from shared.platform.store import Conflict, Store, Where

#: Documents that one sweep handles; the rest is still due at the next.
LIMIT = 200


@dataclass(frozen=True)
class Swept:
    """`woken` conversations, `resent` messages, and `overdue` inbound messages without an outcome."""

    woken: int
    resent: int
    overdue: int


class Sweep:
    def __init__(self, store: Store, clock: Clock, publisher: Publisher) -> None:
        self._store, self._clock, self._publisher = store, clock, publisher

    async def run(self) -> Swept:
        now = self._clock.now()
        due = Where("due_at", "<=", now)
        conversations = await self._store.query(Conversation, where=[due], order="due_at", limit=LIMIT)
        for conversation in conversations:
            await self._wake(conversation)
        messages = await self._store.query(
            Outbound, where=[Where("direction", "==", "out"), due], order="due_at", limit=LIMIT
        )
        for message in messages:
            await self._resend(message, now)
        late = [Where("direction", "==", "in"), due]
        overdue = await self._store.count(Inbound, where=late)
        log = logs.logger()
        (log.error if overdue else log.info)("ledger", overdue=overdue)
        if overdue:
            await self._report_overdue(late)
        return Swept(len(conversations), len(messages), overdue)

    async def _report_overdue(self, late: list[Where]) -> None:
        """Logs overdue messages by tenant, so that one tenant's alert does not hide the next."""
        found = await self._store.query(Inbound, where=late, order="due_at", limit=LIMIT)
        for tenant, messages in Counter(message.tenant for message in found).items():
            logs.logger().error("overdue", tenant=tenant, messages=messages)

    async def _wake(self, conversation: Conversation) -> None:
        ids = {"tenant": conversation.tenant, "conversation": conversation.conversation}
        await self._publisher.publish("inbound", Wake(**ids), **ids)

    async def _resend(self, message: Outbound, now: datetime) -> None:
        await outbox.announce(self._publisher, message.tenant, message.conversation, message.message)
        message.due_at = now + RESEND_AFTER  # not again before the resend had its chance
        try:
            await self._store.replace(message)
        except Conflict:
            logs.logger().info("moved_meanwhile", turn=message.message)
