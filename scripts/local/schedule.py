"""Cloud Scheduler of the local run: calls the scheduled functions when they are due."""

from __future__ import annotations

import asyncio

import httpx

from scripts.manifest import Function
from shared.platform import logs

#: Seconds that a schedule's minute lasts.
MINUTE = 60.0


async def run(function: Function, url: str, minute: float = MINUTE) -> None:
    """Calls the function at `url` at its interval until cancelled. Returns at once if it has no schedule.

    A response other than 2xx is logged as an error and not retried: the next call is due soon.
    """
    if function.trigger.every_minutes is None:
        return
    async with httpx.AsyncClient(timeout=function.timeout_seconds, trust_env=False) as client:
        while True:
            await asyncio.sleep(function.trigger.every_minutes * minute)
            await call(client, function.name, url + function.trigger.due_path)


async def call(client: httpx.AsyncClient, function: str, url: str) -> None:
    """Calls the function once. A failure is logged with the status, 0 if there was no response."""
    status, error = 0, ""
    try:
        status = (await client.post(url)).status_code
    except httpx.HTTPError as failed:
        error = type(failed).__name__
    if not 200 <= status < 300:
        logs.logger().error("schedule_failed", function=function, status=status, error=error)
