"""The ports, each with the adapter named in the settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from shared.embeddings import Embedder
from shared.errors import ConfigurationError
from shared.platform.blobs import Blobs
from shared.platform.bus import Bus
from shared.platform.clock import Clock, Ids, RandomIds, SystemClock
from shared.platform.http import Http
from shared.platform.secrets import Secrets
from shared.platform.settings import Settings
from shared.platform.store import Store


@dataclass(frozen=True)
class Ports:
    """All access of use cases to the outside; tests and the simulation supply their own adapters."""

    store: Store
    bus: Bus
    secrets: Secrets
    blobs: Blobs
    http: Http
    clock: Clock
    ids: Ids
    embedder: Embedder | None = None


def connect(settings: Settings) -> Ports:
    """Builds the adapters named in `settings`; an adapter imports its cloud client in its first call.

    Raises ConfigurationError, which names the setting, if there is no such adapter.
    """
    from shared.platform.http_httpx import HttpxHttp

    clock = _clock(settings.clock)
    return Ports(
        store=_store(settings.store),
        bus=_bus(settings.bus),
        secrets=_secrets(settings.secrets, clock),
        blobs=_blobs(settings.blobs),
        http=HttpxHttp(),
        clock=clock,
        ids=RandomIds(),
        embedder=embedder(settings.embeddings),
    )


def split(name: str, value: str) -> tuple[str, str]:
    """Splits a setting of the form `kind:where`. Raises ConfigurationError if it has no `where`."""
    kind, _, where = value.partition(":")
    if not where and name != "secrets":
        raise ConfigurationError(f"environment: CONCIERGE_{name.upper()} is {value!r} (expected kind:where)")
    return kind, where


def unknown(name: str, kind: str, expected: str) -> ConfigurationError:
    """Returns the error for a setting whose kind has no adapter."""
    return ConfigurationError(
        f"environment: CONCIERGE_{name.upper()} begins with {kind!r} (expected one of {expected})"
    )


def _clock(setting: str) -> Clock:
    kind, _, where = setting.partition(":")
    if kind == "shifted":
        from shared.platform.clock_shifted import ShiftedClock

        return ShiftedClock(Path(where))
    if setting != "system":
        raise unknown("clock", kind, "system, shifted")
    return SystemClock()


def _store(setting: str) -> Store:
    kind, where = split("store", setting)
    if kind == "sqlite":
        from shared.platform.store.sqlite import SqliteStore

        return SqliteStore(Path(where))
    if kind == "firestore":
        from shared.platform.store.firestore import FirestoreStore

        project, _, database = where.partition("/")
        return FirestoreStore(project, database or "(default)")
    raise unknown("store", kind, "sqlite, firestore")


def _bus(setting: str) -> Bus:
    kind, where = split("bus", setting)
    if kind == "sqlite":
        from shared.platform.bus.sqlite import SqliteBus

        return SqliteBus(Path(where))
    if kind == "pubsub":
        from shared.platform.bus.pubsub import PubSubBus

        return PubSubBus(where)
    raise unknown("bus", kind, "sqlite, pubsub")


def _secrets(setting: str, clock: Clock) -> Secrets:
    kind, where = split("secrets", setting)
    if kind == "environment":
        from shared.platform.secrets.environment import EnvironmentSecrets

        return EnvironmentSecrets(Path(where) if where else None, os.environ)
    if kind == "secret_manager":
        from shared.platform.secrets.secret_manager import SecretManagerSecrets

        return SecretManagerSecrets(where, clock)
    raise unknown("secrets", kind, "environment, secret_manager")


def embedder(setting: str) -> Embedder | None:
    """Builds the embedder, or returns None if embeddings are off or not of this function."""
    if setting == "local":
        from shared.embeddings.local import Local

        return Local()
    if setting != "off":
        raise unknown("embeddings", setting, "local, off")
    return None


def _blobs(setting: str) -> Blobs:
    """Builds the adapter; a function without files has no such setting, and its adapter refuses any call."""
    from shared.platform.blobs.object_store import ObjectStoreBlobs

    if setting:
        kind, _ = split("blobs", setting)
        if kind not in ("gs", "s3", "folder"):
            raise unknown("blobs", kind, "gs, s3, folder")
    return ObjectStoreBlobs(setting)
