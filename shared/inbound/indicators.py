""" "Read" ticks at once and "typing…" while a slow answer is prepared; the turn waits for neither.

https://waha.devlike.pro/docs/how-to/send-messages/ advises seen, then typing, then the text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from types import TracebackType

from shared.channels import Channel
from shared.errors import Retry
from shared.platform import logs
from shared.platform.clock import Clock

#: Seconds before "typing…": a faster answer needs none.
TYPING_AFTER = 0.4
#: "typing…" is renewed after this share of the time for which the network shows it.
RENEWAL = 0.8
DEADLINE = 3.0


class Indicators:
    """Indicators, shown while the block runs. A gateway that cannot show them costs one line in the log."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel, self._clock = channel, clock
        self._seen: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._typing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Indicators:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._typing:
            self._typing.cancel()
        tasks = [*self._tasks, *([self._typing] if self._typing else [])]
        await asyncio.gather(*tasks, return_exceptions=True)

    def show(self, chat: str, gateway_ids: Sequence[str]) -> None:
        """Marks these messages as read, once each, and starts "typing…"."""
        new = [name for name in gateway_ids if name not in self._seen]
        self._seen.update(new)
        if new:
            seen = self._try(lambda: self._channel.show_seen(chat, new), "seen")
            self._tasks.append(asyncio.create_task(seen))
        if self._typing is None:
            self._typing = asyncio.create_task(self._keep_typing(chat))

    async def _keep_typing(self, chat: str) -> None:
        every = timedelta(seconds=RENEWAL * self._channel.terms.typing)
        await self._clock.sleep(TYPING_AFTER)
        while True:
            due = self._clock.now() + every  # a slow call shortens the pause: no gap is seen
            await self._try(lambda: self._channel.show_typing(chat), "typing")
            await self._clock.sleep(max(0.0, (due - self._clock.now()).total_seconds()))

    async def _try(self, call: Callable[[], Awaitable[None]], what: str) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                await call()
        except (Retry, TimeoutError) as error:
            logs.logger().warning("indicator_not_shown", indicator=what, error=type(error).__name__)
