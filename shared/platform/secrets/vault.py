"""Calls to Google Cloud Secret Manager over gRPC, without a cache.

https://cloud.google.com/secret-manager/docs/reference/rpc/google.cloud.secretmanager.v1
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from shared.errors import ConfigurationError, Retry
from shared.platform.google_errors import transient

if TYPE_CHECKING:
    from google.cloud.secretmanager_v1 import SecretManagerServiceAsyncClient

A = TypeVar("A")


class Version(NamedTuple):
    """A version of a secret: its number, counted from 1, and its value."""

    number: int
    value: str


class Vault:
    """The secrets of `project`.

    The client is built by the first call: its channel belongs to the running loop.
    """

    def __init__(self, project: str, insecure_host: str | None, deadline: float) -> None:
        """Takes a `deadline` (s) for a call.

        `insecure_host` (`127.0.0.1:PORT`) is a stand-in that speaks the same protocol without TLS.
        """
        self._project, self._insecure_host, self._deadline = project, insecure_host, deadline
        self._client: SecretManagerServiceAsyncClient | None = None

    async def read(self, name: str, version: int | None = None) -> Version:
        """Returns a version, by default the latest.

        Raises ConfigurationError if there is no such version, if it is disabled or if we may not read it,
        Retry if the service is unavailable.
        """
        path = self._path(name, version)
        answer = await self._call(
            name,
            path,
            lambda client: client.access_secret_version(name=path, retry=None, timeout=self._deadline),
        )
        return Version(int(answer.name.rpartition("/")[2]), _text(name, answer.payload.data))

    async def created_at(self, name: str, version: int) -> datetime:
        """Returns the time when a version was made. Raises as `read` does."""
        path = self._path(name, version)
        answer = await self._call(
            name,
            path,
            lambda client: client.get_secret_version(name=path, retry=None, timeout=self._deadline),
        )
        made: datetime = answer.create_time
        return made

    def _path(self, name: str, version: int | None) -> str:
        return f"projects/{self._project}/secrets/{name}/versions/{version or 'latest'}"

    async def _call(
        self, name: str, path: str, ask: Callable[[SecretManagerServiceAsyncClient], Awaitable[A]]
    ) -> A:
        from google.api_core import exceptions

        passing: tuple[type[Exception], ...] = (*transient(), TimeoutError)
        missing = (exceptions.NotFound, exceptions.FailedPrecondition, exceptions.PermissionDenied)
        try:
            async with asyncio.timeout(self._deadline):
                return await ask(self._connected())
        except missing as error:
            problem = f"{type(error).__name__} (expected an enabled version that we may read at {path})"
            raise ConfigurationError(f"secret {name}: {problem}") from error
        except passing as error:
            raise Retry(f"secret {name}: {type(error).__name__}") from error

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
