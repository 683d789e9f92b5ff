"""Parts of the functions `gateways` and `pairing`, and of the command `make gateway`."""

from __future__ import annotations

from shared.tenants.directory import Directory
from shared.upkeep.administration import Administration
from shared.wiring.ports import Ports


def wire(ports: Ports, directory: Directory) -> Administration:
    return Administration(ports.store, directory, ports.clock)
