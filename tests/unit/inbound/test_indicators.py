"""Indicators during a long turn, on the simulation's virtual clock: "typing…" without a gap."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from shared.inbound.indicators import TYPING_AFTER, Indicators
from shared.platform.http import HttpAnswer, Unanswered
from shared.tenants import plugins
from tests.fakes.connection import connection
from tests.fakes.http import ScriptedHttp, answer
from tests.simulation.clock import VirtualClock
from tests.simulation.loop import VirtualLoop

SETTINGS = {
    "base_url": "https://gateway.example",
    "session": "default",
    "phone_number_id": "106540352242922",
}
#: The channel, a person's chat on it, a text in its call for "typing…", and how long the phone shows it (s).
#: Green API is not here: its "typing…" waits in the queue of messages, so it is short, with gaps on purpose.
NETWORKS = [
    ("telegram", "770000001", "sendChatAction", 5.0),
    ("cloud_api", "221770000001", "typing_indicator", 25.0),
    ("waha", "221770000001@c.us", "startTyping", 25.0),
]


@dataclass
class SlowHttp(ScriptedHttp):
    """An HTTP port that answers after `seconds`, and records the time of each call."""

    clock: VirtualClock | None = None
    seconds: float = 0.0
    at: list[tuple[float, str]] = field(default_factory=list)

    async def request(self, method: str, url: str, **more: Any) -> HttpAnswer:
        assert self.clock is not None
        self.at.append((self.clock.seconds(self.clock.now()), f"{url} {more['json']}"))
        await self.clock.sleep(self.seconds)
        return await super().request(method, url, **more)

    def times(self, call: str) -> list[float]:
        return [at for at, asked in self.at if call in asked]


def run(scene: Callable[[VirtualClock], Awaitable[None]]) -> None:
    loop = VirtualLoop(Random(1))  # noqa: S311
    try:
        loop.run_until_complete(asyncio.ensure_future(scene(VirtualClock(loop)), loop=loop))
    finally:
        loop.close()


async def turn(kind: str, chat: str, http: SlowHttp, clock: VirtualClock, seconds: float) -> None:
    """Runs a turn of so many seconds, with its indicators."""
    http.clock = clock
    secrets = {"api_key": "7100000001:key", "app_secret": "s", "verify_token": "v"}
    channel = plugins.channel(kind, connection(kind, dict(SETTINGS), secrets, http))
    async with Indicators(channel, clock) as indicators:
        indicators.show(chat, ["wamid.A1"])
        await clock.sleep(seconds)


@pytest.mark.parametrize(("kind", "chat", "call", "seen_for"), NETWORKS)
@pytest.mark.parametrize("slow", [0.0, 2.5])
def test_a_long_turn_keeps_it_alive_without_a_gap(
    kind: str, chat: str, call: str, seen_for: float, slow: float
) -> None:
    http = SlowHttp(answer(200, b'{"ok": true, "success": true}'), seconds=slow)

    async def scene(clock: VirtualClock) -> None:
        await turn(kind, chat, http, clock, 60)

    run(scene)
    times = http.times(call)
    assert times[0] == TYPING_AFTER
    assert all(later - earlier <= seen_for for earlier, later in pairwise(times))
    assert times[-1] + seen_for >= 60
    assert len(times) <= 60 / (seen_for * 0.7)  # no more often than needed


def test_a_gateway_that_fails_is_asked_again_and_not_after_the_turn() -> None:
    http = SlowHttp(Unanswered())

    async def scene(clock: VirtualClock) -> None:
        await turn("telegram", "770000001", http, clock, 10)
        await clock.sleep(60)

    run(scene)
    assert http.times("sendChatAction") == [0.4, 4.4, 8.4]


def test_a_short_turn_shows_nothing() -> None:
    http = SlowHttp(answer(200))
    run(lambda clock: turn("telegram", "770000001", http, clock, TYPING_AFTER / 2))
    assert http.times("sendChatAction") == []
