"""Parts of the function `maintenance`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory
from shared.upkeep.checking import Checking
from shared.upkeep.credits import Credits
from shared.upkeep.dead_letters import DeadLetters
from shared.upkeep.erasing import Erasing
from shared.upkeep.pages import Pages
from shared.upkeep.reflections import Reflections
from shared.upkeep.rounds import Rounds
from shared.upkeep.sweep import Sweep
from shared.upkeep.watch import Watch
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class MaintenanceParts:
    rounds: Rounds
    sweep: Sweep
    reflections: Reflections
    dead_letters: DeadLetters


def wire(ports: Ports, directory: Directory) -> MaintenanceParts:
    publisher = Publisher(ports.bus)
    sweep = Sweep(ports.store, ports.clock, publisher)
    watch = Watch(ports.store, ports.clock, directory)
    credits = Credits(ports.store, ports.clock, directory)
    checking, erasing = Checking(ports.store, ports.clock), Erasing(ports.store, ports.blobs, ports.clock)
    reflections = Reflections(ports.store, ports.clock, publisher)
    pages, pause = Pages(ports.store, ports.blobs, ports.clock), Pause(ports.store, ports.clock)
    return MaintenanceParts(
        rounds=Rounds(ports.clock, pause, sweep, watch, credits, checking, reflections, pages, erasing),
        sweep=sweep,
        reflections=reflections,
        dead_letters=DeadLetters(ports.store, ports.clock, ports.ids, directory, publisher),
    )
