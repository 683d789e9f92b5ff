"""Secrets from Google Cloud Secret Manager, each kept for a minute: rotation without a deploy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.errors import ConfigurationError, Retry
from shared.platform import logs
from shared.platform.clock import Clock
from shared.platform.secrets import EARLIER, OVERLAP
from shared.platform.secrets.vault import Vault

#: How long a value is used without a fetch, and how long it bridges an outage.
FRESH = timedelta(seconds=60)
BRIDGE = timedelta(minutes=10)
#: Between two attempts while an outage is bridged, so that it does not slow every request; and between two
#: looks for other values, so that strangers with wrong signatures cost little.
_PAUSE = timedelta(seconds=10)


@dataclass(frozen=True)
class _Known:
    """A value, the time of its fetch, and the time of the next one."""

    value: str
    fetched_at: datetime
    ask_at: datetime


class SecretManagerSecrets:
    """The secrets of `project`, each at its latest version."""

    def __init__(
        self, project: str, clock: Clock, *, insecure_host: str | None = None, deadline: float = 3.0
    ) -> None:
        """Takes a `deadline` (s) and a stand-in's `insecure_host` as `Vault` does."""
        self._vault = Vault(project, insecure_host, deadline)
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._fetches: dict[str, asyncio.Task[str]] = {}
        self._others: dict[str, tuple[datetime, asyncio.Task[Sequence[str]]]] = {}

    async def get(self, name: str) -> str:
        known = self._known.get(name)
        if known is not None and self._clock.now() < known.ask_at:
            return known.value
        fetch = self._fetches.get(name)
        if fetch is None:
            fetch = self._fetches[name] = asyncio.create_task(self._refreshed(name))
            fetch.add_done_callback(lambda _: self._fetches.pop(name))
        return await asyncio.shield(fetch)  # one caller's cancellation is not the others'

    async def others(self, name: str) -> Sequence[str]:
        until, looking = self._others.get(name, (None, None))
        if looking is None or until is None or self._clock.now() >= until:
            looking = asyncio.create_task(self._look(name))
            self._others[name] = self._clock.now() + _PAUSE, looking
        used = self._known[name].value if name in self._known else ""
        return [value for value in await asyncio.shield(looking) if value != used]

    async def _look(self, name: str) -> Sequence[str]:
        """Returns the newest value and those before it that still count; none if the service does not say."""
        try:
            newest = await self._vault.read(name)
            if self._clock.now() >= await self._vault.created_at(name, newest.number) + OVERLAP:
                return [newest.value]
            first = max(1, newest.number - EARLIER)
            earlier = [
                await self._enabled(name, number) for number in range(newest.number - 1, first - 1, -1)
            ]
            return [newest.value, *(value for value in earlier if value)]
        except (Retry, ConfigurationError) as error:
            logs.logger().warning("secret_versions_unread", secret=name, **logs.describe(error))
            return []

    async def _enabled(self, name: str, number: int) -> str:
        """Returns the value of a version, or "" if it is disabled, destroyed or no valid value."""
        try:
            return (await self._vault.read(name, number)).value
        except ConfigurationError:
            return ""

    async def _refreshed(self, name: str) -> str:
        asked_at = self._clock.now()
        try:
            value = (await self._vault.read(name)).value
        except Retry as retry:
            known = self._known.get(name)
            if known is None or asked_at >= known.fetched_at + BRIDGE:
                raise
            logs.logger().warning("secret_not_refreshed", secret=name, reason=retry.reason)
            self._known[name] = _Known(known.value, known.fetched_at, asked_at + _PAUSE)
            return known.value
        except ConfigurationError:
            self._known.pop(name, None)  # withdrawn: from now on it does not bridge an outage
            raise
        self._known[name] = _Known(value, asked_at, asked_at + FRESH)
        return value
