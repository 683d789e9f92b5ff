"""Parts of the function `deliver`."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from shared.delivery.outbox import Outbox
from shared.delivery.receipts import Receipts
from shared.models.events import RECEIPTS, OutboundReady
from shared.platform.endpoint import Topics
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports

_OUTBOUND = TypeAdapter(OutboundReady)


@dataclass(frozen=True)
class DeliverParts:
    outbox: Outbox
    receipts: Receipts

    @property
    def topics(self) -> Topics:
        """Events of each topic that drives the function, and their handlers."""
        return {"outbound": (_OUTBOUND, self.outbox.drain), "receipts": (RECEIPTS, self.receipts.handle)}


def wire(ports: Ports, directory: Directory) -> DeliverParts:
    return DeliverParts(
        outbox=Outbox(ports.store, ports.clock, ports.ids, directory),
        receipts=Receipts(ports.store, ports.clock),
    )
