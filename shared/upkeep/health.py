"""Health of our dependencies, each with its state and latency, for the function `health`.

The function is public, so a report is kept for half a minute and made once however many callers ask: callers
cannot overload a dependency that fails already. Each check has a deadline, and changes nothing.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.errors import ConfigurationError, Retry
from shared.llm import Reachable
from shared.models.answers import ModelEntry
from shared.models.stored import StoredChannel
from shared.models.tenant import Tenant
from shared.platform import logs
from shared.platform.blobs import Blobs, NoSuchBlob
from shared.platform.bus import Bus
from shared.platform.clock import Clock
from shared.platform.pause import Pause
from shared.platform.secrets import Secrets
from shared.platform.store import Store
from shared.tenants import versions
from shared.tenants.directory import Directory

State = Literal["ok", "degraded", "down"]

KEEP = timedelta(seconds=30)
#: Deadline (s) of each check.
DEADLINE = 3.0
#: Tenants, and channels, that are read at most.
LIMIT = 200
#: The secret that admits to the details (infra/functions.yaml).
TOKEN = "health-token"  # noqa: S105
SECRETS = "secrets"


@dataclass(frozen=True)
class Check:
    """One dependency's state.

    `ms` is None for a channel, whose last known state is reported. `why` is for operators.
    """

    name: str
    state: State
    ms: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Report:
    """All checks: `down` if no message can be answered, `degraded` if some cannot, or only later."""

    status: State
    at: datetime
    checks: Sequence[Check]


class Health:
    def __init__(
        self,
        store: Store,
        bus: Bus,
        secrets: Secrets,
        blobs: Blobs,
        directory: Directory,
        clock: Clock,
        pause: Pause,
    ) -> None:
        self._store, self._bus, self._secrets, self._blobs = store, bus, secrets, blobs
        self._directory, self._clock, self._pause = directory, clock, pause
        self._known: Report | None = None
        self._asking: asyncio.Task[Report] | None = None

    async def report(self) -> Report:
        """Returns a report that is at most half a minute old."""
        if self._known is not None and self._clock.now() < self._known.at + KEEP:
            return self._known
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
            self._asking.add_done_callback(self._asked)
        return await asyncio.shield(self._asking)  # one caller's cancellation is not the others'

    async def admits(self, token: str, report: Report) -> bool:
        """Whether a caller with this token may see the report's details.

        If the report says that our secrets cannot be read, no caller is admitted, without another read.
        """
        if not token or any(check.name == SECRETS and check.state != "ok" for check in report.checks):
            return False
        try:
            return hmac.compare_digest(token.encode(), (await self._secrets.get(TOKEN)).encode())
        except (Retry, ConfigurationError) as error:
            logs.logger().warning("health_token_unknown", **logs.describe(error))
            return False

    def _asked(self, asking: asyncio.Task[Report]) -> None:
        self._asking = None
        if not asking.cancelled() and asking.exception() is None:
            self._known = asking.result()

    async def _ask(self) -> Report:
        """Runs all checks. Without its store, its bus or its secrets the concierge cannot answer at all."""
        tenants: list[Tenant] = []
        channels: list[StoredChannel] = []

        async def store() -> None:
            tenants.extend(await versions.tenants(self._store, LIMIT))
            channels.extend(await self._store.query(StoredChannel, limit=LIMIT))

        vital = await asyncio.gather(
            _check("store", store), _check("bus", self._bus.reach), _check(SECRETS, self._read_a_secret)
        )
        files = _check("files", self._read_no_file)
        others = [await self._work(), *await asyncio.gather(files, *self._providers(tenants))]
        others += map(_remembered, channels)
        return Report(_worst(vital, others), self._clock.now(), [*vital, *others])

    async def _work(self) -> Check:
        """Checks whether the deployment is at work: a paused one answers nobody, but later."""
        since: list[datetime] = []

        async def ask() -> None:
            deployment = await self._pause.deployment()
            since.extend([deployment.paused_at] if deployment.paused_at else [])

        found = await _check("work", ask)
        if not since:
            return found
        return replace(found, state="degraded", why=f"paused since {since[0].isoformat()}")

    async def _read_a_secret(self) -> None:
        await self._secrets.get(TOKEN)

    async def _read_no_file(self) -> None:
        try:
            await self._blobs.get("health/nothing")
        except NoSuchBlob:
            return  # the store has answered

    def _providers(self, tenants: Sequence[Tenant]) -> list[Awaitable[Check]]:
        """Returns one check for each model in use, with the settings of its first tenant."""
        found = {
            (entry.format, entry.model, entry.url, key): (f"{name} of {tenant.tenant}", entry, key)
            for tenant in reversed(tenants)
            for name, entry in tenant.answers.entries.items()
            for key in entry.keys or [""]
        }
        return [self._provider(*each) for each in found.values()]

    async def _provider(self, name: str, entry: ModelEntry, key: str) -> Check:
        async def reach() -> None:
            model = self._directory.model(entry, key)
            if isinstance(model, Reachable):
                await model.reach()

        # A key, a model or a location that the vendor refuses never answers a question.
        return await _check(f"provider {name}", reach, refused="down")


def _worst(vital: Sequence[Check], others: Sequence[Check]) -> State:
    """Returns the state of the whole: without the others, some messages can still be answered."""
    if any(check.state == "down" for check in vital):
        return "down"
    return "ok" if all(check.state == "ok" for check in (*vital, *others)) else "degraded"


async def _check(name: str, ask: Callable[[], Awaitable[None]], *, refused: State = "degraded") -> Check:
    """Asks a dependency; `refused` is its state if it answers, but with an error of configuration."""
    began = time.perf_counter()
    state, why = await _state(name, ask, refused)
    return Check(name, state, round((time.perf_counter() - began) * 1000, 1), why)


async def _state(name: str, ask: Callable[[], Awaitable[None]], refused: State) -> tuple[State, str]:
    try:
        async with asyncio.timeout(DEADLINE):
            await ask()
        return "ok", ""
    except TimeoutError:
        return "down", f"no answer within {DEADLINE:g} s"
    except ConfigurationError as error:
        return refused, str(error)
    except Retry as error:
        cause = error.__cause__  # of a model that only a person can mend
        return "down", str(cause) if isinstance(cause, ConfigurationError) else error.reason
    except Exception as error:
        logs.logger().error("health_check_failed", dependency=name, **logs.describe(error))
        return "down", type(error).__name__


def _remembered(channel: StoredChannel) -> Check:
    name, health = f"channel {channel.fields.get('tenant')}/{channel.fields.get('channel')}", channel.health
    if health is None:
        return Check(name, "ok", why="not heard of yet")
    return Check(
        name, "ok" if health.working else "degraded", why=f"{health.status} at {health.at.isoformat()}"
    )
