"""Cloud Scheduler of the local run: calls the scheduled functions when they are due."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import httpx

from scripts.manifest import Function
from shared.platform import logs

#: Seconds that a schedule's minute lasts.
MINUTE = 60.0


class Schedules:
    """The schedules of those functions that have one. `address` returns a function's URL by its name; a
    schedule's minute lasts `minute` seconds."""

    def __init__(
        self, functions: Iterable[Function], address: Callable[[str], str], minute: float = MINUTE
    ) -> None:
        self._functions = [each for each in functions if each.trigger.every_minutes]
        self._address, self._minute = address, minute
        # A kept connection is idle for a minute, and a server may close it just as the next call begins.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = httpx.AsyncClient(trust_env=False, limits=limits)

    async def run(self) -> None:
        """Calls each function at its interval until cancelled. Returns at once if none has a schedule."""
        async with self._client:
            await asyncio.gather(*map(self._run, self._functions))

    async def tick(self) -> None:
        """Calls each function once."""
        await asyncio.gather(*map(self._call, self._functions))

    async def _run(self, function: Function) -> None:
        while True:
            await asyncio.sleep((function.trigger.every_minutes or 1) * self._minute)
            await self._call(function)

    async def _call(self, function: Function) -> None:
        url = self._address(function.name) + function.trigger.due_path
        await call(self._client, function.name, url, function.timeout_seconds)


async def call(client: httpx.AsyncClient, function: str, url: str, timeout: float) -> None:
    """Calls the function once. A response other than 2xx is logged as an error with the status, 0 if there
    was none, and not retried: the next call is due soon."""
    status, error = 0, ""
    try:
        status = (await client.post(url, timeout=timeout)).status_code
    except httpx.HTTPError as failed:
        error = type(failed).__name__
    if not 200 <= status < 300:
        logs.logger().error("schedule_failed", function=function, status=status, error=error)
