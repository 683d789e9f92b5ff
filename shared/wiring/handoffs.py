"""Parts of the command `make handoffs`."""

from __future__ import annotations

from shared.tenants.directory import Directory
from shared.upkeep.handoffs import Handoffs
from shared.wiring.ports import Ports


def wire(ports: Ports, directory: Directory) -> Handoffs:
    return Handoffs(ports.store, directory, ports.clock)
