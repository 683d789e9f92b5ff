"""Harness for the bus's contract suite: an HTTP server that receives pushes, and a setup for each adapter."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import grpc  # type: ignore[import-untyped]
from google.pubsub_v1 import PublisherAsyncClient, SubscriberAsyncClient
from google.pubsub_v1 import types as pubsub
from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcAsyncIOTransport
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.platform.bus import Bus, envelope
from shared.platform.bus.envelope import Delivery
from shared.platform.bus.pubsub import PubSubBus
from shared.platform.bus.pusher import Pusher
from shared.platform.bus.sqlite import SqliteBus, Subscription
from tests.fakes.served import served

Answer = Callable[[Delivery], Awaitable[Response]]


async def acknowledge(_: Delivery) -> Response:
    return Response(status_code=204)


def failing(times: int, status: int = 500, headers: dict[str, str] | None = None) -> Answer:
    """Returns an answer that refuses so many deliveries, then acknowledges."""
    left = times

    async def answer(_: Delivery) -> Response:
        nonlocal left
        left -= 1
        return Response(status_code=status, headers=headers) if left >= 0 else Response(status_code=204)

    return answer


async def until(condition: Callable[[], bool], within: float = 10.0) -> None:
    """Waits until the condition holds. Raises TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110 - there is no event to await; bounded by the deadline
            await asyncio.sleep(0.005)


class Endpoint:
    """One address of the server, with its `deliveries` and their `times` (monotonic seconds) in order of
    arrival."""

    def __init__(self, url: str, answer: Answer) -> None:
        self.url = url
        self.answer = answer
        self.deliveries: list[Delivery] = []
        self.times: list[float] = []

    async def received(self, count: int, within: float = 10.0) -> list[Delivery]:
        """Waits for `count` deliveries and returns them. Raises TimeoutError after `within` seconds."""
        await until(lambda: len(self.deliveries) >= count, within)
        return self.deliveries


class Receiver:
    """A server with as many endpoints as a test asks for."""

    def __init__(self) -> None:
        self.app = Starlette(routes=[Route("/{name}", self._take, methods=["POST"])])
        self.origin = ""
        self._endpoints: dict[str, Endpoint] = {}

    def endpoint(self, answer: Answer = acknowledge) -> Endpoint:
        name = secrets.token_hex(4)
        self._endpoints[name] = Endpoint(f"{self.origin}/{name}", answer)
        return self._endpoints[name]

    async def _take(self, request: Request) -> Response:
        endpoint = self._endpoints[request.path_params["name"]]
        delivery = envelope.parse(await request.body())
        endpoint.deliveries.append(delivery)
        endpoint.times.append(time.monotonic())
        return await endpoint.answer(delivery)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with served(receiver.app) as receiver.origin:
        yield receiver


@asynccontextmanager
async def pushing(pusher: Pusher) -> AsyncIterator[None]:
    """Runs a pusher during the block, and fails if the pusher failed."""
    running = asyncio.create_task(pusher.run())
    try:
        yield
    finally:
        running.cancel()
        (ended,) = await asyncio.gather(running, return_exceptions=True)
    assert isinstance(ended, asyncio.CancelledError), ended


def patient(endpoint: Endpoint, *, ordered: bool = False) -> Subscription:
    """Returns a subscription with deadline and backoff far beyond a test: a repeat has another cause."""
    return Subscription(
        name="reply-inbound",
        topic="inbound",
        endpoint=endpoint.url,
        ordered=ordered,
        ack_deadline=600,
        min_backoff=600,
        max_backoff=600,
        max_attempts=5,
    )


def quick(endpoint: Endpoint, *, ordered: bool = False) -> Subscription:
    return replace(patient(endpoint, ordered=ordered), ack_deadline=10, min_backoff=0.01, max_backoff=0.05)


class SqliteHarness:
    tells_attempts = tells_reasons = True

    def __init__(self, path: Path, receiver: Receiver) -> None:
        self.bus: Bus = SqliteBus(path)
        self.dead = receiver.endpoint()
        self._path = path

    @asynccontextmanager
    async def subscribed(self, *subscriptions: Subscription) -> AsyncIterator[None]:
        topics = {each.name: f"{each.name}-dead" for each in subscriptions}
        living = [replace(each, dead_letter_topic=topics[each.name]) for each in subscriptions]
        on_dead_topics = [
            replace(quick(self.dead), name=f"keeper-{topic}", topic=topic) for topic in topics.values()
        ]
        async with pushing(Pusher(self._path, [*living, *on_dead_topics])):
            yield


class PubSubHarness:
    """A project of its own on the emulator, with a push subscription on each dead-letter topic."""

    tells_attempts = False  # the emulator pushes without deliveryAttempt
    tells_reasons = False  # Pub/Sub does not keep the reason of a failed push

    def __init__(self, host: str, receiver: Receiver) -> None:
        project = f"contract-{secrets.token_hex(4)}"
        self.bus: Bus = PubSubBus(project)
        self._host = host
        self._project = f"projects/{project}"
        self.dead = receiver.endpoint()

    @asynccontextmanager
    async def subscribed(self, *subscriptions: Subscription) -> AsyncIterator[None]:
        async with grpc.aio.insecure_channel(self._host) as channel:
            topics = PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=channel))
            admin = SubscriberAsyncClient(transport=SubscriberGrpcAsyncIOTransport(channel=channel))
            names = {subscription.topic for subscription in subscriptions}
            for topic in [*names, *(f"{subscription.name}-dead" for subscription in subscriptions)]:
                await topics.create_topic(name=f"{self._project}/topics/{topic}")
            requests = [self._request(subscription) for subscription in subscriptions]
            requests += [self._on_dead_topic(subscription) for subscription in subscriptions]
            for request in requests:
                await admin.create_subscription(request)
            yield
            for request in requests:  # the emulator outlives the test, and would push forever
                await admin.delete_subscription(subscription=request.name)

    def _request(self, subscription: Subscription) -> pubsub.Subscription:
        return pubsub.Subscription(
            name=f"{self._project}/subscriptions/{subscription.name}",
            topic=f"{self._project}/topics/{subscription.topic}",
            push_config={"push_endpoint": subscription.endpoint},
            ack_deadline_seconds=int(subscription.ack_deadline),
            enable_message_ordering=subscription.ordered,
            retry_policy={
                "minimum_backoff": timedelta(seconds=subscription.min_backoff),
                "maximum_backoff": timedelta(seconds=subscription.max_backoff),
            },
            dead_letter_policy={
                "dead_letter_topic": f"{self._project}/topics/{subscription.name}-dead",
                "max_delivery_attempts": subscription.max_attempts,
            },
        )

    def _on_dead_topic(self, subscription: Subscription) -> pubsub.Subscription:
        return pubsub.Subscription(
            name=f"{self._project}/subscriptions/{subscription.name}-dead",
            topic=f"{self._project}/topics/{subscription.name}-dead",
            push_config={"push_endpoint": self.dead.url},
        )
