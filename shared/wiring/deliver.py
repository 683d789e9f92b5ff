"""Parts of the function `deliver`."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import TypeAdapter

from shared.delivery.outbox import Outbox
from shared.delivery.receipts import Receipts
from shared.delivery.sending import Sending
from shared.models.events import RECEIPTS, OutboundReady
from shared.platform import fair_line
from shared.platform.endpoint import Topics
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.warming import Load, warmed
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports

_OUTBOUND = TypeAdapter(OutboundReady)
#: The one secret of a channel that sending needs (infra/functions.yaml).
_KEY = "api_key"


@dataclass(frozen=True)
class DeliverParts:
    outbox: Outbox
    sending: Sending
    receipts: Receipts
    load: Load

    @property
    def topics(self) -> Topics:
        """Events of each topic that drives the function, and their handlers."""
        return {
            "outbound": (_OUTBOUND, self.sending.handle),
            "receipts": (RECEIPTS, warmed(self.receipts.handle, self.load)),
        }


def wire(ports: Ports, directory: Directory) -> DeliverParts:
    publisher = Publisher(ports.bus)
    outbox = Outbox(ports.store, ports.clock, ports.ids, directory, publisher)
    pause = Pause(ports.store, ports.clock)

    async def load(tenant: str, channel: str) -> None:
        settings = await directory.settings(tenant, channel)
        if settings is None:
            return
        await ports.http.prepare()
        if _KEY in settings.secrets:
            await directory.connection(settings).secret(_KEY)

    return DeliverParts(
        outbox=outbox,
        sending=Sending(outbox, publisher, ports.clock, fair_line.SLOTS, pause),
        receipts=Receipts(ports.store, ports.clock),
        load=load,
    )
