"""Receipts, which move statuses forward only, and session news, which becomes the channel's health."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.delivery import failing
from shared.errors import Drop, Retry
from shared.models.document import is_indexed
from shared.models.events import Receipt, ReceiptEvent, SessionStatus
from shared.models.message import Outbound, SentPart, Status
from shared.models.news import admits, applied
from shared.models.stored import StoredChannel
from shared.models.tenant import Health
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.store import Store, Transaction, Where

#: A receipt can overtake the answer with the gateway's id, and waits this long for it.
_OVERTAKEN = timedelta(minutes=1)
_FORWARD = [Status.SENT, Status.DELIVERED, Status.READ]


class Receipts:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def handle(self, event: ReceiptEvent) -> None:
        """Applies a receipt, or news of a gateway's session."""
        if isinstance(event, Receipt):
            await self.receive(event)
        else:
            await self.session(event)

    async def receive(self, receipt: Receipt) -> None:
        """Applies a receipt. Raises Retry while its message may not be known yet, then Drop."""
        message = await self._by_id(receipt) or await self._by_turn(receipt)
        if message is None:
            if self._clock.now() - receipt.received_at < _OVERTAKEN:
                raise Retry("receipt_before_its_message")
            raise Drop("receipt_of_an_unknown_message")
        logs.bind(conversation=message.conversation, message=message.message)
        if _apply(message, receipt, self._clock.now()):
            await self._store.transaction(lambda tx: self._write(tx, message, receipt))

    async def _by_id(self, receipt: Receipt) -> Outbound | None:
        return await self._one(receipt, Where("gateway_ids", "array_contains", receipt.id))

    async def _by_turn(self, receipt: Receipt) -> Outbound | None:
        """Finds the send whose answer was lost by our own id, if the gateway's receipts carry it."""
        found = await self._one(receipt, Where("message", "==", receipt.turn)) if receipt.turn else None
        return found if found and _unknown(found) else None

    async def _one(self, receipt: Receipt, which: Where) -> Outbound | None:
        if not is_indexed(which.value):
            return None
        where = [Where("channel", "==", receipt.channel), which]
        found = await self._store.query(Outbound, where=where, limit=1, tenant=receipt.tenant)
        return found[0] if found else None

    async def session(self, status: SessionStatus) -> None:
        """Records the newest state of a session; one that does not work is logged as an error, for an alert.

        Raises Drop if newer news is known.
        """

        async def work(tx: Transaction) -> None:
            channel = await tx.get(StoredChannel, tenant=status.tenant, channel=status.channel)
            if channel is None:
                raise Drop("channel_is_gone")
            if not admits(channel.health, status):
                raise Drop("older_news")
            told = {"status": status.status, "working": status.working}
            channel.learn(Health(**dict(applied(channel.health, status)), **told))
            tx.put(channel)

        await self._store.transaction(work)
        log = logs.logger()
        (log.info if status.working else log.error)(
            "channel_health", tenant=status.tenant, channel=status.channel, gateway_status=status.status
        )

    async def _write(self, tx: Transaction, seen: Outbound, receipt: Receipt) -> None:
        keys = {"tenant": seen.tenant, "conversation": seen.conversation, "message": seen.message}
        current = await tx.get(Outbound, **keys)
        if current is None or not _apply(current, receipt, self._clock.now()):
            return
        if current.status == Status.FAILED and (current.author == "concierge" or current.handoff):
            await failing.call_human(tx, current, current.error, self._clock.now())
        tx.put(current)


def _unknown(message: Outbound) -> SentPart | None:
    """Returns the part whose call was not answered, at most one since parts are sent one after another.

    Returns None if a receipt may also be of another part, one that was sent more than once.
    """
    unknown = next((part for part in message.parts if part.status == Status.UNKNOWN), None)
    others = (part for part in message.parts if part is not unknown)
    return None if any(part.calls > 1 for part in others) else unknown


def _settle(message: Outbound, part: SentPart, receipt: Receipt, now: datetime) -> None:
    """Marks an unknown part as sent; the outbox's next event sends the parts after it."""
    part.status, part.gateway_id = Status.SENT, receipt.id
    message.gateway_ids = [*message.gateway_ids, receipt.id]
    if not any(other.status.open for other in message.parts):
        message.sent_at = now
        message.close(Status.SENT)


def _apply(message: Outbound, receipt: Receipt, now: datetime) -> bool:
    """Moves the part's status forward, and the message's with its slowest part. Returns whether it moved."""
    part = next((part for part in message.parts if part.gateway_id == receipt.id), None)
    if part is None and receipt.turn == message.message and (part := _unknown(message)):
        _settle(message, part, receipt, now)
        _apply(message, receipt, now)
        return True
    if part is None or part.status not in (*_FORWARD, Status.FAILED):
        return False
    status = Status(receipt.status)
    if status == Status.FAILED:
        if part.status != Status.SENT:
            return False
        part.status = message.status = Status.FAILED
        message.error = receipt.detail or "failed_at_gateway"
        return True
    if part.status == Status.FAILED or _FORWARD.index(status) <= _FORWARD.index(part.status):
        return False
    part.status = status
    if not message.open and all(other.status in _FORWARD for other in message.parts):
        message.status = min((other.status for other in message.parts), key=_FORWARD.index)
    return True
