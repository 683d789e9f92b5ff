"""Parts of the function `health`."""

from __future__ import annotations

from shared.platform.pause import Pause
from shared.tenants.directory import Directory
from shared.upkeep.health import Health
from shared.wiring.ports import Ports


def wire(ports: Ports, directory: Directory) -> Health:
    pause = Pause(ports.store, ports.clock)
    return Health(ports.store, ports.bus, ports.secrets, ports.blobs, directory, ports.clock, pause)
