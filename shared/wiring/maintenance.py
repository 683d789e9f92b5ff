"""Parts of the function `maintenance`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory
from shared.upkeep.dead_letters import DeadLetters
from shared.upkeep.rounds import Rounds
from shared.upkeep.sweep import Sweep
from shared.upkeep.watch import Watch
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class MaintenanceParts:
    rounds: Rounds
    sweep: Sweep
    dead_letters: DeadLetters


def wire(ports: Ports, directory: Directory) -> MaintenanceParts:
    publisher = Publisher(ports.bus)
    sweep = Sweep(ports.store, ports.clock, publisher)
    watch = Watch(ports.store, ports.clock, directory)
    return MaintenanceParts(
        rounds=Rounds(ports.clock, Pause(ports.store, ports.clock), sweep, watch),
        sweep=sweep,
        dead_letters=DeadLetters(ports.store, ports.clock, ports.ids, directory, publisher),
    )
