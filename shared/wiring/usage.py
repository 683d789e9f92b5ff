"""Parts of the command `make costs`."""

from __future__ import annotations

from shared.tenants.directory import Directory
from shared.upkeep.usage import Costs
from shared.wiring.ports import Ports


def wire(ports: Ports, directory: Directory) -> Costs:
    return Costs(ports.store, ports.clock, directory)
