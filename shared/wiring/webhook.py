"""Parts of the function `webhook`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.inbound.page import Page
from shared.inbound.webhook import WebhookIntake
from shared.platform.publishing import Publisher
from shared.platform.warming import WakeAhead
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class WebhookParts:
    intake: WebhookIntake
    page: Page
    wake_ahead: WakeAhead


def wire(ports: Ports, directory: Directory) -> WebhookParts:
    publisher = Publisher(ports.bus)
    return WebhookParts(
        intake=WebhookIntake(directory, publisher),
        page=Page(ports.store, directory, ports.clock, ports.ids),
        wake_ahead=WakeAhead(publisher, ports.clock),
    )
