"""Warm-ups: the first function on a message's way starts the others while it works.

After a quiet hour no function has an instance, and a first message would wait for one start after the other
(infra/decisions/0018-wake-ahead.md). A warm-up is an ordinary event that leaves no document: it may be lost,
doubled or late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError

from shared.models.events import Warm
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.publishing import Publisher

T = TypeVar("T")
E = TypeVar("E")
#: Loads the parts that a first message of this tenant and channel needs.
Load = Callable[[str, str], Awaitable[object]]

#: Topics that the webhook may publish to anyway: one starts `reply` and one `deliver`.
TOPICS = ("inbound", "receipts")
#: An instance that published no event for this long starts the functions after it: Cloud Run keeps theirs for
#: up to 15 minutes without a request (https://cloud.google.com/run/docs/about-instance-autoscaling).
IDLE = timedelta(minutes=5)
#: How long the webhook's own work waits for the publish: importing the store's client blocks the event loop.
_HEAD_START_S = 1.0
#: Bounds a warm-up, both the publish and the loading.
_DEADLINE_S = 5.0

_on = False


def configure(*, on: bool) -> None:
    """Enables or disables warm-ups, once in a process; they are off before."""
    global _on
    _on = on


class WakeAhead:
    """The sending side: at most one warm-up per instance and idle period, for all callers."""

    def __init__(self, publisher: Publisher, clock: Clock) -> None:
        self._publisher, self._clock = publisher, clock
        self._used_at: datetime | None = None

    def used(self) -> None:
        """Notes that this instance published another event: the functions after it have work."""
        self._used_at = self._clock.now()

    async def beside(self, tenant: str, channel: str, work: Callable[[], Awaitable[T]]) -> T:
        """Returns the result of `work`, and publishes a warm-up meanwhile if one is due."""
        warm = self._due(tenant, channel)
        if warm is None:
            return await work()
        self.used()
        publishing = asyncio.create_task(self._publish(warm))
        await asyncio.wait({publishing}, timeout=_HEAD_START_S)
        try:
            return await work()
        finally:
            await publishing

    def _due(self, tenant: str, channel: str) -> Warm | None:
        if not _on or (self._used_at and self._clock.now() - self._used_at < IDLE):
            return None
        try:
            return Warm(tenant=tenant, channel=channel)
        except ValidationError:  # the name is malformed, so no message follows
            return None

    async def _publish(self, warm: Warm) -> None:
        async def publish(topic: str) -> None:
            await self._publisher.publish(topic, warm, tenant=warm.tenant)

        await asyncio.gather(*(_attempt("wake_ahead_failed", publish(topic)) for topic in TOPICS))


def warmed(handle: Callable[[E], Awaitable[None]], load: Load) -> Callable[[E | Warm], Awaitable[None]]:
    """Returns a handler that loads on a warm-up and passes every other event to `handle`.

    A warm-up is always acknowledged: after a failure, the next message loads the rest.
    """

    async def handler(event: E | Warm) -> None:
        if isinstance(event, Warm):
            await _attempt("warm_up_failed", load(event.tenant, event.channel))
        else:
            await handle(event)

    return handler


async def _attempt(failure: str, work: Awaitable[object]) -> None:
    """Awaits a warm-up's work; its failure is only logged, since no message depends on it."""
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await work
    except Exception as error:
        logs.logger().warning(failure, **logs.describe(error))
