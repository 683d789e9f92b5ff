"""The settings of the simulation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from scripts.local.sim.journal import Journal
from shared.models.tenant import Channel, KnowledgeEntry, Tenant
from shared.platform.clock import Clock, SystemClock
from shared.platform.store import Store


class LoadedTenant(Protocol):
    """A loaded tenant file: its documents."""

    @property
    def tenant(self) -> Tenant: ...
    @property
    def channels(self) -> Sequence[Channel]: ...
    @property
    def knowledge(self) -> Sequence[KnowledgeEntry]: ...


@dataclass(frozen=True)
class SimSettings:
    """The simulation's settings. `calls_path` is the SQLite file that outlives a kill; `origin` is the
    webhook's origin; `secret` returns a secret's value by its name; `mail_port` is the port of the mail
    server, 0 for any; `move` moves the clock forward, None if it cannot be moved."""

    store: Store
    calls_path: Path
    origin: str
    tenants: Sequence[LoadedTenant]
    secret: Callable[[str], Awaitable[str]]
    journal: Journal
    clock: Clock = field(default_factory=SystemClock)
    mail_port: int = 0
    move: Callable[[datetime], Awaitable[None]] | None = None
