"""Backoff of the SQLite queue, and the gateway's own Retry-After."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.platform.bus.pusher import Pusher
from shared.platform.bus.sqlite import SqliteBus
from shared.platform.clock import SystemClock
from tests.contract.bus.pushes import Receiver, failing, patient, pushing, quick


class ShiftedClock(SystemClock):
    """The system's time plus a shift that a test sets."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


async def test_the_backoff_doubles_up_to_its_bound(path: Path, receiver: Receiver) -> None:
    endpoint = receiver.endpoint(failing(1000))
    bounds: list[tuple[float, float]] = []

    def jitter(low: float, high: float) -> float:
        bounds.append((low, high))
        return low

    subscription = replace(quick(endpoint), min_backoff=0.01, max_backoff=0.05, max_attempts=6)
    pusher = Pusher(path, [subscription], uniform=jitter)
    await SqliteBus(path).publish("inbound", b"x", attributes={})
    async with pushing(pusher):
        await asyncio.wait_for(pusher.drained(), 10)

    assert bounds == [(0.01, 0.02), (0.02, 0.04), (0.025, 0.05), (0.025, 0.05), (0.025, 0.05)]


@pytest.mark.parametrize(("asked", "waited"), [("60", 60), ("5", 10), ("3600", 300), ("soon", 10)])
async def test_a_retry_after_is_honoured_within_the_bounds(
    path: Path, receiver: Receiver, asked: str, waited: float
) -> None:
    endpoint = receiver.endpoint(failing(1, 503, {"Retry-After": asked}))
    clock = ShiftedClock()
    subscription = replace(patient(endpoint), min_backoff=10, max_backoff=300)
    pusher = Pusher(path, [subscription], clock=clock, uniform=lambda low, _: low)
    await SqliteBus(path).publish("inbound", b"x", attributes={})
    async with pushing(pusher):
        await endpoint.received(1)
        await asyncio.wait_for(pusher.idle(), 10)
        clock.advance(waited - 5)
        with pytest.raises(TimeoutError):
            await endpoint.received(2, within=0.25)

        clock.advance(5)
        await endpoint.received(2)
