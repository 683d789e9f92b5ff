"""Parts of the command `make memory`."""

from __future__ import annotations

from shared.tenants.directory import Directory
from shared.upkeep.memories import Memories
from shared.wiring.ports import Ports


def wire(ports: Ports, _: Directory) -> Memories:
    return Memories(ports.store, ports.clock)
