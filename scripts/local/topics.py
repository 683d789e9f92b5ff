"""The manifest's topics on the Pub/Sub emulator, and the transfer of their messages into the local queue.

The emulator takes publishes; the local queue pushes (shared/platform/bus/pusher.py), with the manifest's
deadlines, backoff and dead letters. Google's emulator (0.8.20) loses messages: with a retry policy, of 40
whose pushes were all refused for three seconds it pushed 8 to 14 again and the others never; without one it
retries at once, so that twenty attempts are over before a function has restarted.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import timedelta

from shared.platform.bus.sqlite import SqliteBus

#: Messages per pull, and how long (s) a pull waits for the first one.
_MESSAGES = 100
_PULL_TIMEOUT_S = 30.0
#: As in terraform/pubsub.tf.
_KEPT = timedelta(days=7)


def create(topics: Iterable[str], project: str) -> None:
    """Creates each topic with the one subscription that `carry` pulls, ordered by key."""
    from google.cloud import pubsub_v1  # imports take most of a second; only this run needs the admin clients

    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    for topic in topics:
        name = f"projects/{project}/topics/{topic}"
        publisher.create_topic(request={"name": name, "message_retention_duration": _KEPT})
        subscriber.create_subscription(
            request={"name": _pulled(project, topic), "topic": name, "enable_message_ordering": True}
        )


async def carry(topic: str, project: str, queue: SqliteBus) -> None:
    """Moves published messages into the queue, and acknowledges them after that; until cancelled. Raises the
    emulator's or the queue's error if one fails."""
    import grpc  # type: ignore[import-untyped]
    from google.api_core.exceptions import DeadlineExceeded
    from google.pubsub_v1.services.subscriber import SubscriberAsyncClient
    from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcAsyncIOTransport

    subscription = _pulled(project, topic)
    async with grpc.aio.insecure_channel(os.environ["PUBSUB_EMULATOR_HOST"]) as channel:
        client = SubscriberAsyncClient(transport=SubscriberGrpcAsyncIOTransport(channel=channel))
        while True:
            try:
                pulled = await client.pull(
                    subscription=subscription, max_messages=_MESSAGES, timeout=_PULL_TIMEOUT_S, retry=None
                )
            except DeadlineExceeded:
                continue  # no message was published
            messages = [received.message for received in pulled.received_messages]
            await asyncio.gather(
                *(
                    queue.publish(topic, m.data, attributes=dict(m.attributes), key=m.ordering_key)
                    for m in messages
                )
            )
            if messages:
                acknowledged = [received.ack_id for received in pulled.received_messages]
                await client.acknowledge(subscription=subscription, ack_ids=acknowledged)


def _pulled(project: str, topic: str) -> str:
    return f"projects/{project}/subscriptions/local-{topic}"
