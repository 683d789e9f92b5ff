"""Parts of the function `webhook`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.inbound.page import Page
from shared.inbound.webhook import WebhookIntake
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class WebhookParts:
    intake: WebhookIntake
    page: Page


def wire(ports: Ports, directory: Directory) -> WebhookParts:
    return WebhookParts(
        intake=WebhookIntake(directory, Publisher(ports.bus)),
        page=Page(ports.store, directory, ports.clock, ports.ids),
    )
