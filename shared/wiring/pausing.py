"""Parts of the commands `make pause`, `make resume` and `make settle`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.tenants.directory import Directory
from shared.upkeep.pausing import Pausing
from shared.upkeep.settling import Settling
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class PausingParts:
    pausing: Pausing
    settling: Settling


def wire(ports: Ports, _: Directory) -> PausingParts:
    return PausingParts(Pausing(ports.store, ports.clock), Settling(ports.store, ports.clock))
