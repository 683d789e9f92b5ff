"""The one place that plugs adapters into ports. Each part is built when first asked for, so that a function
pays at its start only for what it uses."""

from __future__ import annotations

import gc
import os
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import ConfigurationError
from shared.platform import logs, tracing
from shared.platform.blobs import Blobs
from shared.platform.bus import Bus
from shared.platform.clock import Clock, Ids, RandomIds, SystemClock
from shared.platform.http import Http
from shared.platform.publishing import Publisher
from shared.platform.secrets import Secrets
from shared.platform.settings import Settings
from shared.platform.store import Store
from shared.tenants import plugins
from shared.tenants.directory import Directory

if TYPE_CHECKING:
    from shared.delivery.outbox import Outbox
    from shared.delivery.receipts import Receipts
    from shared.inbound.page import Page
    from shared.inbound.reply import Reply
    from shared.inbound.webhook import Door
    from shared.upkeep.administration import Administration
    from shared.upkeep.dead_letters import DeadLetters
    from shared.upkeep.gateways import Gateways
    from shared.upkeep.health import Health
    from shared.upkeep.replay import Replay
    from shared.upkeep.sweep import Sweep
    from shared.upkeep.watch import Watch

#: How many new objects there are before Python looks for cycles. By default (700) it looks some hundred times
#: while the clients are imported, and finds nothing: a tenth of a cold start.
_GARBAGE = (20_000, 20, 20)
#: How many messages of a second one instance traces (infra/decisions/0015-traces.md).
TRACES_PER_SECOND = 5


class Platform:
    """The parts of one process. A simulation builds one with its own clock, ids, store, bus and HTTP."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock: Clock = SystemClock()
        self.ids: Ids = RandomIds()

    @cached_property
    def store(self) -> Store:
        kind, where = _choice("store", self.settings.store)
        if kind == "sqlite":
            from shared.platform.store.sqlite import SqliteStore

            return SqliteStore(Path(where))
        if kind == "firestore":
            from shared.platform.store.firestore import FirestoreStore

            project, _, database = where.partition("/")
            return FirestoreStore(project, database or "(default)")
        raise _unknown("store", kind, "sqlite, firestore")

    @cached_property
    def bus(self) -> Bus:
        kind, where = _choice("bus", self.settings.bus)
        if kind == "sqlite":
            from shared.platform.bus.sqlite import SqliteBus

            return SqliteBus(Path(where))
        if kind == "pubsub":
            from shared.platform.bus.pubsub import PubSubBus

            return PubSubBus(where)
        raise _unknown("bus", kind, "sqlite, pubsub")

    @cached_property
    def secrets(self) -> Secrets:
        kind, where = _choice("secrets", self.settings.secrets)
        if kind == "environment":
            from shared.platform.secrets.environment import EnvironmentSecrets

            return EnvironmentSecrets(Path(where) if where else None, os.environ)
        if kind == "secret_manager":
            from shared.platform.secrets.secret_manager import SecretManagerSecrets

            return SecretManagerSecrets(where, self.clock)
        raise _unknown("secrets", kind, "environment, secret_manager")

    @cached_property
    def blobs(self) -> Blobs:
        kind, _ = _choice("blobs", self.settings.blobs)
        if kind in ("gs", "s3", "folder"):
            from shared.platform.blobs.object_store import ObjectStoreBlobs

            return ObjectStoreBlobs(self.settings.blobs)
        raise _unknown("blobs", kind, "gs, s3, folder")

    @cached_property
    def http(self) -> Http:
        from shared.platform.http_httpx import HttpxHttp

        return HttpxHttp()

    @cached_property
    def directory(self) -> Directory:
        return Directory(self.store, self.secrets, self.http, self.clock, plugins.channel, plugins.provider)

    @cached_property
    def publisher(self) -> Publisher:
        return Publisher(self.bus)

    @cached_property
    def door(self) -> Door:
        from shared.inbound.webhook import Door

        return Door(self.directory, self.publisher)

    @cached_property
    def page(self) -> Page:
        from shared.inbound.page import Page

        return Page(self.store, self.directory, self.ids)

    @cached_property
    def reply(self) -> Reply:
        from shared.answers.answer import Answers
        from shared.answers.assistant import Assistant
        from shared.answers.services import Services
        from shared.conversation.merging import Merging
        from shared.inbound.changes import Changes
        from shared.inbound.identities import Identities
        from shared.inbound.intake import Intake
        from shared.inbound.media import MediaIntake
        from shared.inbound.presence import HumanPresence
        from shared.inbound.reply import Reply
        from shared.inbound.turn import Turn
        from shared.knowledge.library import Library

        ports = (self.store, self.clock, self.ids)
        library = Library(self.store, self.clock)
        assistant = Assistant(library, self.directory.provider)
        answers = Answers(assistant, Services(library), self.clock)
        media = MediaIntake(self.blobs, self.store, self.clock)
        turn = Turn(self.store, self.clock, media, answers)
        return Reply(
            self.directory,
            self.publisher,
            self.clock,
            Intake(*ports),
            media,
            turn,
            HumanPresence(*ports),
            Changes(*ports),
            Identities(*ports),
            Merging(self.store, self.clock),
        )

    @cached_property
    def outbox(self) -> Outbox:
        from shared.delivery.outbox import Outbox

        return Outbox(self.store, self.clock, self.ids, self.directory)

    @cached_property
    def receipts(self) -> Receipts:
        from shared.delivery.receipts import Receipts

        return Receipts(self.store, self.clock)

    @cached_property
    def sweep(self) -> Sweep:
        from shared.upkeep.sweep import Sweep

        return Sweep(self.store, self.clock, self.publisher)

    @cached_property
    def dead_letters(self) -> DeadLetters:
        from shared.upkeep.dead_letters import DeadLetters

        return DeadLetters(self.store, self.clock, self.ids, self.directory, self.publisher)

    @cached_property
    def gateways(self) -> Gateways:
        from shared.upkeep.gateways import Gateways

        return Gateways(self.store, self.directory, plugins.gateway, self.settings.origin)

    @cached_property
    def administration(self) -> Administration:
        from shared.upkeep.administration import Administration

        return Administration(self.gateways, self.directory, self.clock)

    @cached_property
    def watch(self) -> Watch:
        from shared.upkeep.watch import Watch

        return Watch(self.store, self.clock, self.gateways)

    @cached_property
    def health(self) -> Health:
        from shared.upkeep.health import Health

        return Health(self.store, self.bus, self.secrets, self.blobs, self.directory, self.clock)

    @cached_property
    def replay(self) -> Replay:
        from shared.upkeep.replay import Replay

        return Replay(self.store, self.bus, self.clock)


@cache
def platform() -> Platform:
    """This process's parts, from its environment. Raises ConfigurationError."""
    settings = Settings.from_environment(os.environ)
    logs.configure(settings.log_level)
    _trace(settings.traces)
    gc.set_threshold(*_GARBAGE)
    return Platform(settings)


def _trace(setting: str) -> None:
    """Raises ConfigurationError for what is no kind of traces."""
    kind, _, where = setting.partition(":")
    if kind == "off":
        tracing.configure(None)
    elif kind == "log":
        from shared.platform.traces.log import take

        tracing.configure(take)
    elif kind in ("cloud", "otlp"):
        from shared.platform.traces.otlp import CLOUD, OtlpTraces

        _choice("traces", setting)
        traces = OtlpTraces(CLOUD, where) if kind == "cloud" else OtlpTraces(where)
        tracing.configure(traces.take, TRACES_PER_SECOND)
    else:
        raise _unknown("traces", kind, "off, log, cloud, otlp")


def _choice(name: str, value: str) -> tuple[str, str]:
    kind, _, where = value.partition(":")
    if not where and name != "secrets":
        raise ConfigurationError(f"environment: CONCIERGE_{name.upper()} is {value!r} (expected kind:where)")
    return kind, where


def _unknown(name: str, kind: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        f"environment: CONCIERGE_{name.upper()} begins with {kind!r} (expected one of {expected})"
    )
