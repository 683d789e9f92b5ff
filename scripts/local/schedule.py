"""Cloud Scheduler's part in the local run: calls the scheduled functions when they are due."""

from __future__ import annotations

import asyncio

import httpx

from scripts.manifest import Function
from shared.platform import logs


async def run(function: Function, url: str) -> None:
    """Calls `url` every so many minutes until cancelled. A call that fails is logged; the next one comes."""
    minutes = function.trigger.every_minutes
    if minutes is None:
        return
    async with httpx.AsyncClient(timeout=function.timeout_seconds, trust_env=False) as client:
        while True:
            await asyncio.sleep(minutes * 60)
            try:
                await client.post(url)
            except httpx.HTTPError as error:
                logs.logger().error("schedule_failed", function=function.name, error=type(error).__name__)
