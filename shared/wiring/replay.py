"""Parts of the command `make replay`."""

from __future__ import annotations

from shared.tenants.directory import Directory
from shared.upkeep.replay import Replay
from shared.wiring.ports import Ports


def wire(ports: Ports, directory: Directory) -> Replay:  # noqa: ARG001 - all `wire` functions have the same parameters
    return Replay(ports.store, ports.bus, ports.clock)
