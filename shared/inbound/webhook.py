"""What the function `webhook` does with a gateway's request: verify, normalise, publish, acknowledge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shared.channels import Channel, Parsed, Webhook
from shared.errors import Rejected
from shared.models.events import MessageReceived, ReceiptEvent, Wake
from shared.models.people import document_id
from shared.platform import logs
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory


@runtime_checkable
class ChallengingChannel(Channel, Protocol):
    """A channel whose gateway checks a webhook's address with a GET before it posts there."""

    async def challenge(self, webhook: Webhook) -> str: ...


@dataclass(frozen=True)
class Accepted:
    """What became of the events of one request."""

    published: int
    dropped: list[str]


class WebhookIntake:
    def __init__(self, directory: Directory, publisher: Publisher) -> None:
        self._directory, self._publisher = directory, publisher

    async def accept(self, tenant: str, channel: str, webhook: Webhook) -> Accepted:
        """Raises Rejected: 404 unknown tenant or channel, 401 not from the gateway, 400 not its envelope;
        Retry where the bus does not take the events, so that the gateway sends them again."""
        found = await self._directory.channel(tenant, channel)
        if found is None:
            raise Rejected(404, "no such tenant or channel")
        logs.bind(tenant=tenant, channel=channel)
        await found.verify(webhook)
        parsed = found.parse(webhook)
        await self._publish(parsed)
        for reason in parsed.dropped:
            logs.logger().info("dropped", reason=reason)
        return Accepted(len(parsed.inbound) + len(parsed.receipts), parsed.dropped)

    async def challenge(self, tenant: str, channel: str, webhook: Webhook) -> str | None:
        """What the gateway wants to read back; None where the channel's gateway asks for nothing. Raises
        Rejected(403) where it is not the gateway that asks."""
        found = await self._directory.channel(tenant, channel)
        return await found.challenge(webhook) if isinstance(found, ChallengingChannel) else None

    async def _publish(self, parsed: Parsed) -> None:
        for event in parsed.inbound:
            message = "" if isinstance(event, Wake) else document_id(event.id)
            if isinstance(event, MessageReceived):
                logs.bind(message=message)
            await self._publisher.publish("inbound", event, tenant=event.tenant, message=message)
        for receipt in parsed.receipts:
            await self._publisher.publish("receipts", receipt, key=_key(receipt), tenant=receipt.tenant)


def _key(receipt: ReceiptEvent) -> str:
    """Receipts of one message come in order; those of different messages need not wait for one another."""
    which = getattr(receipt, "id", receipt.kind)
    return f"{receipt.tenant}.{receipt.channel}.{document_id(which)}"
