"""Parts of the command `make index-contacts`."""

from __future__ import annotations

from shared.tenants.directory import Directory
from shared.upkeep.indexing import Indexing
from shared.wiring.ports import Ports


def wire(ports: Ports, _: Directory) -> Indexing:
    return Indexing(ports.store)
