"""Parts of the command `make gaps`."""

from __future__ import annotations

from shared.embeddings.local import Local
from shared.tenants.directory import Directory
from shared.upkeep.gaps import Gaps
from shared.wiring.ports import Ports


def wire(ports: Ports, directory: Directory) -> Gaps:
    return Gaps(ports.store, directory, ports.clock, Local())
