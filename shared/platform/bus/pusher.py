"""Pushes the SQLite queue's messages to their subscriptions' endpoints, as Pub/Sub's push subscriptions do.

The local run and the tests own one pusher per file; functions only publish.
https://cloud.google.com/pubsub/docs/push, https://cloud.google.com/pubsub/docs/handling-failures
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx

from shared.platform import logs
from shared.platform.bus import envelope
from shared.platform.bus.sqlite import Message, Queue, Subscription, listening
from shared.platform.clock import Clock, SystemClock
from shared.platform.fair_share import FairShare

#: Concurrent pushes of one subscription: half of them for a tenant that is alone.
CONCURRENCY = 32
#: How soon (s) a publish of another process, or the end of a message's backoff, is noticed.
_POLL_S = 0.1
#: How long (s) a message waits if the result of its push could not be stored.
UNWRITABLE_PAUSE_S = 5.0


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()  # tens of milliseconds, once


def connect() -> httpx.AsyncClient:
    """Returns a client without timeouts of its own: the subscriptions have deadlines.

    It closes an idle connection before any server's keep-alive does (gunicorn's is 2 s), so that no push is
    lost on a connection that is just being closed.
    """
    limits = httpx.Limits(keepalive_expiry=1)
    return httpx.AsyncClient(timeout=None, limits=limits, verify=_trust(), trust_env=False)  # noqa: S113


class Pusher:
    """Pusher of all subscriptions of one queue.

    `uniform(low, high)` is the backoff's jitter.
    """

    def __init__(
        self,
        path: Path,
        subscriptions: Sequence[Subscription],
        *,
        clock: Clock | None = None,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """Declares the subscriptions: messages published from now on are kept for them."""
        self._path = path
        self._queue = Queue(path)
        self._queue.declare(subscriptions)
        self._settled = asyncio.Event()
        self._pushers = [
            _SubscriptionPusher(self._queue, subscription, clock or SystemClock(), uniform, self._settled)
            for subscription in subscriptions
        ]

    async def run(self) -> None:
        """Pushes until it is cancelled; the next run repeats an interrupted push at once, as after a crash.
        Raises if the queue's file cannot be read. If it only cannot be written to, as on a full disk, that is
        an error in the log, and the push is repeated."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            for pusher in self._pushers:
                loop.call_soon_threadsafe(pusher.wake.set)

        with listening(self._path, wake):
            async with AsyncExitStack() as open_clients, asyncio.TaskGroup() as pushers:
                clients = _Clients(open_clients)
                for pusher in self._pushers:
                    pushers.create_task(pusher.run(clients))

    async def idle(self) -> None:
        """Returns once no push is under way and none is due: the remaining messages wait for their backoff.
        For a shutdown; the caller bounds the wait."""
        await self._until(lambda: all(pusher.idle() for pusher in self._pushers))

    async def drained(self) -> None:
        """Returns once every message is acknowledged or a dead letter; the caller bounds the wait."""
        await self._until(
            lambda: not any(self._queue.waiting(pusher.subscription) for pusher in self._pushers)
        )

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._settled.clear()
            await self._settled.wait()


class _Clients:
    """Clients, one per push under way, so one connection each; the last used is reused first.
    (One shared pool of httpx costs more with each connection in it: with 64, 220 pushes/s; this makes 670.)
    """

    def __init__(self, open_clients: AsyncExitStack) -> None:
        self._open = open_clients
        self._free: list[httpx.AsyncClient] = []

    @contextmanager
    def one(self) -> Iterator[httpx.AsyncClient]:
        if not self._free:
            self._free.append(connect())
            self._open.push_async_callback(self._free[-1].aclose)
        client = self._free.pop()
        try:
            yield client
        finally:
            self._free.append(client)


@dataclass(frozen=True)
class _Failure:
    """Why a push was not acknowledged, and the seconds that the endpoint asked us to wait."""

    reason: str
    retry_after: float = 0.0


class _SubscriptionPusher:
    """Pusher of one subscription: at most CONCURRENCY messages at once, one of each tenant in turn.
    So no tenant waits behind another's flood. The set of rows under way is known here only: after a crash all
    of them are due. An attempt counts when it has failed, so that a crash of ours never makes a dead letter.
    """

    def __init__(
        self,
        queue: Queue,
        subscription: Subscription,
        clock: Clock,
        uniform: Callable[[float, float], float],
        settled: asyncio.Event,
    ) -> None:
        self.subscription = subscription
        self.wake = asyncio.Event()
        self._queue = queue
        self._clock = clock
        self._uniform = uniform
        self._settled = settled
        self._slots = FairShare(CONCURRENCY)
        self._pushing: set[int] = set()

    def idle(self) -> bool:
        tenants = self._queue.tenants(self.subscription)
        return not self._pushing and not any(self._due(tenant, limit=1) for tenant in tenants)

    async def run(self, clients: _Clients) -> None:
        async with asyncio.TaskGroup() as pushes:
            while True:
                self.wake.clear()
                for tenant, message in self._next():
                    self._pushing.add(message.id)
                    pushes.create_task(self._push(clients, tenant, message))
                with suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_S):
                        await self.wake.wait()

    def _next(self) -> Iterator[tuple[str, Message]]:
        """Yields the messages to push now, one of each tenant in turn; the caller adds each to `_pushing`."""
        tenants = self._queue.tenants(self.subscription)
        while tenants:
            for tenant in tuple(tenants):
                found = self._due(tenant, limit=1)
                if found and self._slots.take(tenant):
                    yield tenant, found[0]
                else:
                    tenants.remove(tenant)

    def _due(self, tenant: str, limit: int) -> list[Message]:
        return self._queue.due(self.subscription, tenant, now=self._now(), pushing=self._pushing, limit=limit)

    async def _push(self, clients: _Clients, tenant: str, message: Message) -> None:
        try:
            failure = await self._post(clients, message)
            if failure is None:
                await self._queue.acknowledge(message)
            else:
                await self._settle(message, failure)
        except sqlite3.OperationalError as error:  # locked or full: pushed again, as after a crash
            logs.logger().error(
                "queue_unwritable",
                subscription=self.subscription.name,
                error=error.sqlite_errorname,
                file=str(self._queue.path),
            )
            await asyncio.sleep(UNWRITABLE_PAUSE_S)
        finally:
            self._pushing.discard(message.id)
            self._slots.give_back(tenant)
            self.wake.set()
            self._settled.set()

    async def _post(self, clients: _Clients, message: Message) -> _Failure | None:
        body = envelope.build(
            message.data,
            attributes=message.attributes,
            message_id=message.message_id,
            published_at=datetime.fromtimestamp(message.published_at, UTC),
            ordering_key=message.key,
            attempt=message.attempts + 1,
            subscription=f"projects/local/subscriptions/{self.subscription.name}",
        )
        headers = {"Content-Type": "application/json"}
        try:
            with clients.one() as client:
                async with asyncio.timeout(self.subscription.ack_deadline):
                    response = await client.post(self.subscription.endpoint, content=body, headers=headers)
        except TimeoutError:
            return _Failure(f"no answer within {self.subscription.ack_deadline:g} s")
        except httpx.RequestError as error:
            return _Failure(type(error).__name__)
        if response.is_success:
            return None
        asked = response.headers.get("Retry-After", "")
        return _Failure(f"status {response.status_code}", float(asked) if asked.isdecimal() else 0.0)

    async def _settle(self, message: Message, failure: _Failure) -> None:
        attempts, now = message.attempts + 1, self._now()
        dead = attempts >= self.subscription.max_attempts
        logs.logger().warning(
            "dead_lettered" if dead else "push_failed",
            subscription=self.subscription.name,
            bus_message=message.message_id,
            attempts=attempts,
            reason=failure.reason,
        )
        if dead:
            await self._queue.dead_letter(self.subscription, message, failure.reason, now)
        else:
            await self._queue.postpone(message, now + self._backoff(attempts, failure.retry_after))

    def _backoff(self, attempts: int, retry_after: float) -> float:
        """Returns the seconds until the next attempt: exponential with jitter, within the given bounds.
        It is longer if the endpoint asks, and at least half of the full step, so that all attempts together
        bridge half of the time that Pub/Sub's do."""
        low, high = self.subscription.min_backoff, self.subscription.max_backoff
        step = min(high, low * 2.0**attempts)
        return min(high, max(retry_after, self._uniform(max(low, step / 2), step)))

    def _now(self) -> float:
        return self._clock.now().timestamp()
