"""Handling of a gateway's request in the function `webhook`: verify, normalise, publish, acknowledge."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shared.channels import Channel, Parsed, Webhook
from shared.errors import Rejected, Retry
from shared.models.events import (
    FetchMedia,
    InboundEvent,
    MessageReceived,
    Receipt,
    ReceiptEvent,
    Reflect,
    SessionStatus,
    Wake,
)
from shared.models.people import document_id
from shared.platform import logs
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory

#: The largest body (bytes) of a gateway's request.
BODY_LIMIT = 1024 * 1024
#: Events of one request that are published at once.
_TOGETHER = 500


@runtime_checkable
class ChallengingChannel(Channel, Protocol):
    """A channel whose gateway checks a webhook's address with a GET before it posts there."""

    async def challenge(self, webhook: Webhook) -> str: ...


@dataclass(frozen=True)
class Accepted:
    """Result of a request: the number of published events, and the reason of each dropped one."""

    published: int
    dropped: list[str]


class WebhookIntake:
    def __init__(self, directory: Directory, publisher: Publisher) -> None:
        self._directory, self._publisher = directory, publisher

    async def body_limit(self, tenant: str, channel: str) -> int:
        """Returns the largest body (bytes) that this channel accepts. Raises Rejected(404)."""
        return _visitors_limit(await self._found(tenant, channel)) or BODY_LIMIT

    async def accept(self, tenant: str, channel: str, webhook: Webhook) -> Accepted:
        """Verifies, normalises and publishes a gateway's request.

        Raises Rejected: 404 unknown tenant or channel, 401 not from the gateway, 400 not its envelope; Retry
        if the bus does not take the events, so that the gateway posts them again.
        """
        found = await self._found(tenant, channel)
        logs.bind(tenant=tenant, channel=channel)
        try:
            await self._directory.verified(tenant, channel, lambda asked: asked.verify(webhook))
        except Rejected as refused:
            if _visitors_limit(found) is None:  # alerts if no request of the gateway passes
                logs.logger().warning("post_refused", reason=refused.detail)
            raise
        parsed = found.parse(webhook)
        await self._publish(parsed)
        for reason in parsed.dropped:
            logs.logger().info("dropped", reason=reason)
        return Accepted(len(parsed.inbound) + len(parsed.receipts), parsed.dropped)

    async def challenge(self, tenant: str, channel: str, webhook: Webhook) -> str | None:
        """Returns the echo that the gateway expects, or None if it checks no address.

        Raises Rejected(403) if the request is not the gateway's.
        """

        async def echo(found: Channel) -> str | None:
            return await found.challenge(webhook) if isinstance(found, ChallengingChannel) else None

        known = await self._directory.channel(tenant, channel)
        return await self._directory.verified(tenant, channel, echo) if known else None

    async def _found(self, tenant: str, channel: str) -> Channel:
        found = await self._directory.channel(tenant, channel)
        if found is None:
            raise Rejected(404, "no such tenant or channel")
        return found

    async def _publish(self, parsed: Parsed) -> None:
        """Publishes events concurrently, except that events of one ordering key follow one another.

        Waits for all: if one fails, the gateway posts the request again, and its events have the same ids
        again.
        """
        messages = [event.id for event in parsed.inbound if isinstance(event, MessageReceived)]
        logs.bind(message=document_id(messages[-1]) if messages else "")
        slots = asyncio.Semaphore(_TOGETHER)

        async def publish(events: Sequence[InboundEvent | ReceiptEvent]) -> None:
            async with slots:
                for event in events:
                    await self._one(event)

        ended = await asyncio.gather(*map(publish, _lines(parsed)), return_exceptions=True)
        failures = [failure for failure in ended if failure is not None]
        if failures:  # a bug first: it must not pass for an unavailable bus
            raise next((failure for failure in failures if not isinstance(failure, Retry)), failures[0])

    async def _one(self, event: InboundEvent | ReceiptEvent) -> None:
        if isinstance(event, Receipt | SessionStatus):
            await self._publisher.publish("receipts", event, key=_key(event), tenant=event.tenant)
        else:
            message = "" if isinstance(event, Wake | FetchMedia | Reflect) else document_id(event.id)
            await self._publisher.publish("inbound", event, tenant=event.tenant, message=message)


def _visitors_limit(channel: Channel) -> int | None:
    """Returns the largest post (bytes) of a channel whose senders are browsers, or None for a gateway.

    Browsers now and then send an expired token. (Checking a protocol would take 13 µs each time.)
    """
    limit: int | None = getattr(channel, "body_limit", None)
    return limit


def _lines(parsed: Parsed) -> list[Sequence[InboundEvent | ReceiptEvent]]:
    """Returns the request's events: one list per ordering key, in order."""
    keyed: defaultdict[str, list[ReceiptEvent]] = defaultdict(list)
    for receipt in parsed.receipts:
        keyed[_key(receipt)].append(receipt)
    return [*([event] for event in parsed.inbound), *keyed.values()]


def _key(receipt: ReceiptEvent) -> str:
    """Returns the ordering key: receipts of one message stay in order, those of two messages need not."""
    which = getattr(receipt, "id", receipt.kind)
    return f"{receipt.tenant}.{receipt.channel}.{document_id(which)}"
