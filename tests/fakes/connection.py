"""A channel's connection for tests, with given settings and secrets and a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.channels import Connection
from shared.models.tenant import Channel
from shared.platform.http import Http

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)

Settings = dict[str, str | int | bool | list[str]]


def connection(kind: str, settings: Settings, secrets: dict[str, str], http: Http) -> Connection:
    async def secret(name: str) -> str:
        return secrets[name]

    channel = Channel(tenant="hotel", channel=kind, kind=kind, settings=settings)
    return Connection(settings=channel, secret=secret, http=http, now=lambda: NOW)
