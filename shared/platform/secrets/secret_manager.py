"""Secrets from Google Cloud Secret Manager, each kept for a minute: rotation without a deploy.

https://cloud.google.com/secret-manager/docs/reference/rpc/google.cloud.secretmanager.v1
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shared.errors import ConfigurationError, Retry
from shared.platform import logs
from shared.platform.clock import Clock

if TYPE_CHECKING:
    from google.cloud.secretmanager_v1 import SecretManagerServiceAsyncClient

#: How long a value is used without a fetch, and how long it bridges an outage.
FRESH = timedelta(seconds=60)
BRIDGE = timedelta(minutes=10)
#: Between two attempts while an outage is bridged, so that it does not slow every request.
_PAUSE = timedelta(seconds=10)


@dataclass(frozen=True)
class _Known:
    """A value, the time of its fetch, and the time of the next one."""

    value: str
    fetched_at: datetime
    ask_at: datetime


class SecretManagerSecrets:
    """The latest version of each secret of `project`.

    The client is built by the first fetch: its channel belongs to the running loop.
    """

    def __init__(
        self, project: str, clock: Clock, *, insecure_host: str | None = None, deadline: float = 3.0
    ) -> None:
        """Takes a `deadline` (s) for a fetch.

        `insecure_host` (`127.0.0.1:PORT`) is a stand-in that speaks the same protocol without TLS.
        """
        self._project = project
        self._clock = clock
        self._insecure_host = insecure_host
        self._deadline = deadline
        self._client: SecretManagerServiceAsyncClient | None = None
        self._known: dict[str, _Known] = {}
        self._fetches: dict[str, asyncio.Task[str]] = {}

    async def get(self, name: str) -> str:
        known = self._known.get(name)
        if known is not None and self._clock.now() < known.ask_at:
            return known.value
        fetch = self._fetches.get(name)
        if fetch is None:
            fetch = self._fetches[name] = asyncio.create_task(self._refreshed(name))
            fetch.add_done_callback(lambda _: self._fetches.pop(name))
        return await asyncio.shield(fetch)  # one caller's cancellation is not the others'

    async def _refreshed(self, name: str) -> str:
        asked_at = self._clock.now()
        try:
            value = await self._fetch(name)
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

    async def _fetch(self, name: str) -> str:
        from google.api_core import exceptions

        path = f"projects/{self._project}/secrets/{name}/versions/latest"
        missing = (exceptions.NotFound, exceptions.FailedPrecondition, exceptions.PermissionDenied)
        transient = (
            exceptions.Aborted,
            exceptions.DeadlineExceeded,
            exceptions.InternalServerError,
            exceptions.ResourceExhausted,
            exceptions.ServiceUnavailable,
            exceptions.Unknown,
        )
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._connected().access_secret_version(
                    name=path, retry=None, timeout=self._deadline
                )
        except missing as error:
            problem = f"{type(error).__name__} (expected an enabled version that we may read at {path})"
            raise ConfigurationError(f"secret {name}: {problem}") from error
        except (*transient, TimeoutError) as error:
            raise Retry(f"secret {name}: {type(error).__name__}") from error
        return _text(name, answer.payload.data)

    def _connected(self) -> SecretManagerServiceAsyncClient:
        if self._client is None:
            self._client = _connect(self._insecure_host)
        return self._client


def _text(name: str, value: bytes) -> str:
    """Returns the value as text. An empty value is refused: an empty key would verify any signature."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise ConfigurationError(f"secret {name}: its value is not UTF-8 text") from None
    if not text:
        raise ConfigurationError(f"secret {name}: its value is empty")
    return text


def _connect(insecure_host: str | None) -> SecretManagerServiceAsyncClient:
    from google.cloud.secretmanager_v1 import SecretManagerServiceAsyncClient

    if insecure_host is None:
        return SecretManagerServiceAsyncClient()
    import grpc  # type: ignore[import-untyped]
    from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
        SecretManagerServiceGrpcAsyncIOTransport,
    )

    channel = grpc.aio.insecure_channel(insecure_host)
    return SecretManagerServiceAsyncClient(
        transport=SecretManagerServiceGrpcAsyncIOTransport(channel=channel)
    )
