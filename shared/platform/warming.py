"""Warm-ups: the first function in the way of a message starts the others while it works.

After a quiet hour no function has an instance, and a first message would wait for one start after the other
(infra/decisions/0018-wake-ahead.md). A warm-up is an event as others are, of which no document tells: it may
be lost, doubled or late.
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
#: Loads what a first message of this tenant and channel needs.
Load = Callable[[str, str], Awaitable[object]]

#: Of the topics that the webhook may publish to anyway, one starts `reply` and one `deliver`.
TOPICS = ("inbound", "receipts")
#: An instance that published nothing for so long starts the functions after it: Cloud Run keeps theirs for up
#: to 15 minutes without a request (https://cloud.google.com/run/docs/about-instance-autoscaling).
IDLE = timedelta(minutes=5)
#: The webhook's own work waits so long for the publish: importing the store's client holds the event loop.
_HEAD_START_S = 1.0
#: Bounds a warm-up, both the publish and the loading.
_DEADLINE_S = 5.0

_on = False


def configure(*, on: bool) -> None:
    """Called once in a process. Until then there are no warm-ups."""
    global _on
    _on = on


class WakeAhead:
    """The sending side: at most one warm-up per instance and idle period, whoever calls."""

    def __init__(self, publisher: Publisher, clock: Clock) -> None:
        self._publisher, self._clock = publisher, clock
        self._used_at: datetime | None = None

    def used(self) -> None:
        """Notes that this instance published something else: the functions after it have work."""
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
        except ValidationError:  # nothing is called that, so no message follows
            return None

    async def _publish(self, warm: Warm) -> None:
        async def publish(topic: str) -> None:
            await self._publisher.publish(topic, warm, tenant=warm.tenant)

        await asyncio.gather(*(_attempt("wake_ahead_failed", publish(topic)) for topic in TOPICS))


def warmed(handle: Callable[[E], Awaitable[None]], load: Load) -> Callable[[E | Warm], Awaitable[None]]:
    """Returns a handler that loads on a warm-up and leaves every other event to `handle`.

    A warm-up is always acknowledged: what cannot be loaded now, the message after it loads.
    """

    async def handler(event: E | Warm) -> None:
        if isinstance(event, Warm):
            await _attempt("warm_up_failed", load(event.tenant, event.channel))
        else:
            await handle(event)

    return handler


async def _attempt(failure: str, work: Awaitable[object]) -> None:
    """Nothing depends on a warm-up: its failure is a line in the log."""
    try:
        async with asyncio.timeout(_DEADLINE_S):
            await work
    except Exception as error:
        logs.logger().warning(failure, **logs.describe(error))
