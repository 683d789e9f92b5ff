"""Parts of the function `maintenance`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory
from shared.upkeep.dead_letters import DeadLetters
from shared.upkeep.sweep import Sweep
from shared.upkeep.watch import Watch
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class MaintenanceParts:
    sweep: Sweep
    watch: Watch
    dead_letters: DeadLetters


def wire(ports: Ports, directory: Directory) -> MaintenanceParts:
    publisher = Publisher(ports.bus)
    return MaintenanceParts(
        sweep=Sweep(ports.store, ports.clock, publisher),
        watch=Watch(ports.store, ports.clock, directory),
        dead_letters=DeadLetters(ports.store, ports.clock, ports.ids, directory, publisher),
    )
