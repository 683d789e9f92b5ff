"""The ports, each with the adapter named in the settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from shared.embeddings import Embedder
from shared.embeddings.attempts import Attempts
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
    #: The local embedder: it also reads dangers, which depend on no vendor. None if embeddings are off.
    embedder: Embedder | None = None
    #: A vendor's embedder, for the knowledge alone.
    vendor_embedder: Embedder | None = None

    @property
    def knowledge_embedder(self) -> Attempts | None:
        """The embedder that compares questions with the knowledge."""
        found = self.vendor_embedder or self.embedder
        return Attempts(found, self.clock) if found else None


def connect(settings: Settings) -> Ports:
    """Builds the adapters named in `settings`; an adapter imports its cloud client in its first call.

    Raises ConfigurationError, which names the setting, if there is no such adapter.
    """
    from shared.platform.http_httpx import HttpxHttp

    clock = _clock(settings.clock)
    embedder, vendor_embedder = embedders(settings.embeddings)
    return Ports(
        store=_store(settings.store),
        bus=_bus(settings.bus),
        secrets=_secrets(settings.secrets, clock),
        blobs=_blobs(settings.blobs),
        http=HttpxHttp(),
        clock=clock,
        ids=RandomIds(),
        embedder=embedder,
        vendor_embedder=vendor_embedder,
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


def embedders(setting: str) -> tuple[Embedder | None, Embedder | None]:
    """Builds the local embedder and the vendor's; None if off, or not of this function."""
    kind, _, model = setting.partition(":")
    if kind == "off":
        return None, None
    if kind not in ("local", "gemini"):
        raise unknown("embeddings", kind, "local, gemini, off")
    from shared.embeddings.local import Local

    if kind == "local":
        return Local(), None
    from shared.embeddings.gemini import Gemini

    return Local(), Gemini(model, os.environ.get("GEMINI_API_KEY") or None)


def knowledge_embedder(setting: str) -> Attempts | None:
    """Builds the embedder of the knowledge alone, for scripts that write entries."""
    local, vendor = embedders(setting)
    found = vendor or local
    return Attempts(found, SystemClock()) if found else None


def _blobs(setting: str) -> Blobs:
    """Builds the adapter; a function without files has no such setting, and its adapter refuses any call."""
    from shared.platform.blobs.object_store import ObjectStoreBlobs

    if setting:
        kind, _ = split("blobs", setting)
        if kind not in ("gs", "s3", "folder"):
            raise unknown("blobs", kind, "gs, s3, folder")
    return ObjectStoreBlobs(setting)
