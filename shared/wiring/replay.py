"""Parts of the command `make replay`."""

from __future__ import annotations

from shared.tenants.directory import Directory
from shared.upkeep.replay import Replay
from shared.wiring.ports import Ports


def wire(ports: Ports, directory: Directory) -> Replay:  # noqa: ARG001 - every `wire` is called alike
    return Replay(ports.store, ports.bus, ports.clock)
