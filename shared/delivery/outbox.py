"""Delivery of a conversation's outbox, in order, part by part, without a blind repeat.

An event only says that a message is open. The worker that gets it claims the head of the conversation's
outbox (one query), so order needs no ordering key, and a message that keeps failing holds back only its
conversation.

    queued ──claim──▶ sending ──gateway's id──▶ sent        temporary error ──▶ queued, back to the bus
                         └──answer lost──▶ unknown ──the gateway has it──▶ sent
                                              └──the gateway lacks it for a while──▶ sending
"""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.channels import Channel, Later, Refused, SendResult, Sent, Unclear
from shared.conversation import handoffs, occurrences
from shared.delivery import failing, window
from shared.delivery.files import Files
from shared.delivery.record import Record, owner
from shared.delivery.transitions import (
    CLAIM,
    intend,
    mark_sent,
    mark_unknown,
    postpone,
    release,
    requeue,
    send_again,
    use_words,
)
from shared.errors import Drop, Retry
from shared.models.events import OutboundReady
from shared.models.message import Claim, Outbound, SentPart, Status
from shared.models.parts import in_words, unquoted
from shared.platform import logs, tracing
from shared.platform.clock import Clock, Ids
from shared.platform.publishing import Publisher
from shared.platform.store import Store, Transaction, Where
from shared.tenants.directory import Directory

#: A call whose answer was lost may still be running at the gateway: it is repeated only after this time.
UNKNOWN_FOR = timedelta(seconds=60)
#: An unsettled send is closed as `unknown` after this time, so that it does not hold back later messages.
UNSETTLED_FOR = timedelta(minutes=15)
#: An answer older than this is of no use: it fails, and a human is called.
TOO_LATE = timedelta(hours=12)
#: Seconds between queries of the gateway about an unknown send.
LOOK_AGAIN = 3.0
#: Earlier messages whose gateway ids are excluded when a lost send is looked up: more than a network's pace
#: lets go at once.
KNOWN = 50
#: One event sends at most so many messages of its conversation.
BATCH = 20


class Outbox:
    def __init__(
        self, store: Store, clock: Clock, ids: Ids, directory: Directory, publisher: Publisher
    ) -> None:
        self._store, self._clock, self._ids, self._directory = store, clock, ids, directory
        self._publisher = publisher
        self._record, self._files = Record(store), Files(directory, clock)

    async def drain(self, event: OutboundReady) -> None:
        """Sends open messages up to the one that the event names, and further if that one was given up.
        Raises Retry if the head of the outbox cannot go now, Drop if it waits for the sweep."""
        for _ in range(BATCH):
            claimed = await self._store.transaction(
                lambda tx: self._claim(tx, event.tenant, event.conversation)
            )
            if claimed is None:
                return
            head = await self._send(claimed) if claimed.open else claimed
            if head.message == event.message and head.sent_at is not None:
                return
        raise Retry("more_to_send", after=0)

    async def _claim(self, tx: Transaction, tenant: str, conversation: str) -> Outbound | None:
        found = await tx.query(
            Outbound,
            where=[Where("direction", "==", "out"), Where("open", "==", True)],
            order="seq",
            limit=1,
            tenant=tenant,
            conversation=conversation,
        )
        if not found:
            return None
        head, now = found[0], self._clock.now()
        if head.claim and head.claim.until > now:
            raise Retry("being_sent", after=(head.claim.until - now).total_seconds())
        if head.not_before and head.not_before > now:
            raise Retry("paced", after=(head.not_before - now).total_seconds())
        for part in head.parts:
            if part.status == Status.SENDING:  # its sender crashed before it recorded the result
                part.status = Status.UNKNOWN
        unwanted, occurrence = await occurrences.unwanted(tx, head)
        head.cancelled |= bool(unwanted)  # a part that may have been sent is not sent again either
        settled = all(part.status != Status.UNKNOWN for part in head.parts)
        if unwanted and settled:
            occurrences.stop(tx, head, occurrence, unwanted, now)
        elif head.cancelled and settled:
            await failing.leave_to_human(tx, head, now)
            head.close(Status.CANCELLED)
        elif now - head.at > TOO_LATE:
            await failing.call_human(tx, head, "too_late", now)
            head.close(Status.FAILED, "too_late")
        else:
            head.claim = Claim(owner=self._ids.new("d"), until=now + CLAIM)
            head.attempts += 1
            intend(head, now)
        tx.put(head)
        return head

    async def _send(self, head: Outbound) -> Outbound:
        logs.bind(tenant=head.tenant, channel=head.channel)
        channel = await self._directory.channel(head.tenant, head.channel)
        if channel is None:
            raise Drop("channel_is_gone")
        for index in range(len(head.parts)):
            if index == len(head.parts):  # a template replaced the remaining parts
                break
            part = head.parts[index]
            if part.status == Status.UNKNOWN:
                head = await self._settle(channel, head, index)
            if head.parts[index].status == Status.SENDING:
                head = await self._call(channel, head, index)
            if head.claim is None:
                break
        return head

    async def _call(self, channel: Channel, head: Outbound, index: int) -> Outbound:
        """Sends one part, or its template if the network's window has closed."""
        part, now = head.parts[index].part, self._clock.now()
        result: SendResult = Refused(window.CLOSED)
        if await window.is_open(self._store, channel, head, part, now):
            with tracing.span("gateway.send", "client", channel=head.channel):
                head, result = await self._say(channel, head, index)
        if isinstance(result, Refused) and result.reason == window.CLOSED and (template := head.template):
            head = await self._record.change(head, lambda doc: window.use_template(doc, index, template, now))
            result = await channel.send(head.to, template, turn=head.message)
        return await self._record_result(head, index, result)

    async def _say(self, channel: Channel, head: Outbound, index: int) -> tuple[Outbound, SendResult]:
        """Sends one part: without its quote if that is refused, as its words if a sound is refused."""
        part = await self._files.addressed(head, head.parts[index].part)
        result = await channel.send(head.to, part, turn=head.message)
        if isinstance(result, Refused) and (plain := unquoted(part)) != part:
            result = await channel.send(head.to, plain, turn=head.message)
        said = in_words(part)
        if said and isinstance(result, Refused) and result.reason != window.CLOSED:
            head = await self._record.change(head, lambda doc: use_words(doc, index, said))
            result = await channel.send(head.to, said, turn=head.message)
        return head, result

    async def _record_result(self, head: Outbound, index: int, result: SendResult) -> Outbound:
        """Records the result of a call, and with it the intent to send the next part."""
        now = self._clock.now()
        logs.logger().info("part_sent", turn=head.message, part=index, result=type(result).__name__)
        match result:
            case Sent(gateway_id):
                return await self._record.change(head, lambda doc: mark_sent(doc, index, gateway_id, now))
            case Later(reason, after):
                await self._record.change(head, lambda doc: requeue(doc, index, reason))
                raise Retry(reason, after=after)
            case Unclear(reason, over):
                await self._record.change(
                    head, lambda doc: mark_unknown(doc, index, reason, now if over else None)
                )
                raise Retry(reason, after=0 if over else LOOK_AGAIN)
            case Refused(reason):
                return await self._end(head, Status.FAILED, reason)

    async def _settle(self, channel: Channel, head: Outbound, index: int) -> Outbound:
        """Asks the gateway for the result of a call whose answer was lost."""
        now, part = self._clock.now(), head.parts[index]
        attempted = part.attempted_at or head.at
        over = attempted + UNSETTLED_FOR
        try:
            gateway_id = await self._find(channel, head, part, attempted)
        except (Retry, NotImplementedError) as error:
            if now > over:
                logs.logger().error("unsettled", turn=head.message, part=index)
                return await self._end(head, Status.UNKNOWN, "unsettled")
            if isinstance(error, NotImplementedError):
                await self._record.change(head, lambda doc: postpone(doc, over))
                raise Drop("unknown_for_now") from None  # the sweep wakes it at `due_at`
            await self._record.change(head, release)
            raise Retry("cannot_settle_yet", after=error.after or LOOK_AGAIN) from None
        logs.logger().info("settled", turn=head.message, part=index, found=gateway_id is not None)
        if gateway_id is not None:
            return await self._record.change(head, lambda doc: mark_sent(doc, index, gateway_id, now))
        if now < (part.repeatable_at or attempted + UNKNOWN_FOR):
            await self._record.change(head, release)
            raise Retry("may_still_be_sent", after=LOOK_AGAIN)
        return await self._record.change(head, lambda doc: send_again(doc, index, now))

    async def _find(self, channel: Channel, head: Outbound, part: SentPart, since: datetime) -> str | None:
        known = await self._known(head)
        try:
            return await channel.find_sent(head.to, part.part, since=since, known=known)
        except NotImplementedError:
            if part.repeatable_at:  # the gateway answered with a failure, and has no more news
                return None
            raise

    async def _known(self, head: Outbound) -> list[str]:
        """Returns the gateway ids of earlier messages, since the same words may have been sent before."""
        latest = await self._store.query(
            Outbound,
            where=[Where("direction", "==", "out"), Where("seq", "<=", head.seq)],
            order="-seq",
            limit=KNOWN,
            tenant=head.tenant,
            conversation=head.conversation,
        )
        return [gateway_id for message in latest for gateway_id in message.gateway_ids]

    async def _end(self, head: Outbound, status: Status, reason: str) -> Outbound:
        """Closes a message that was not delivered, or may not have been, and calls a human."""

        async def work(tx: Transaction) -> tuple[Outbound, str]:
            keys = {"tenant": head.tenant, "conversation": head.conversation}
            current = await tx.get(Outbound, **keys, message=head.message)
            if current is None or owner(current) != owner(head):
                raise Retry("claim_lost")
            due = await failing.call_human(tx, current, reason, self._clock.now())
            current.close(status, reason)
            tx.put(current)
            return current, due

        ended, due = await self._store.transaction(work)
        if due:
            await handoffs.announce(self._publisher, head.tenant, due)
        return ended
