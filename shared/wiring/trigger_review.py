"""Parts of the command `make triggers`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.tenants.directory import Directory
from shared.upkeep.outlook import Outlooks
from shared.upkeep.previews import Previews
from shared.upkeep.triggers import Triggers
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class TriggerReview:
    triggers: Triggers
    previews: Previews


def wire(ports: Ports, directory: Directory) -> TriggerReview:
    outlooks = Outlooks(ports.store, ports.clock, ports.ids, directory)
    return TriggerReview(
        Triggers(ports.store, ports.clock, directory), Previews(ports.store, ports.clock, outlooks)
    )
