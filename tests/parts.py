"""Parts of the functions on a test's own ports, wired as deployed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest

from shared.delivery.outbox import Outbox
from shared.delivery.receipts import Receipts
from shared.inbound.page import Page
from shared.inbound.reply import Reply
from shared.inbound.webhook import WebhookIntake
from shared.knowledge.library import Library
from shared.platform.endpoint import Topics
from shared.tenants.directory import Directory
from shared.upkeep.administration import Administration
from shared.upkeep.dead_letters import DeadLetters
from shared.upkeep.replay import Replay
from shared.upkeep.rounds import Rounds
from shared.upkeep.sweep import Sweep
from shared.wiring import (
    contacts,
    deliver,
    gateways,
    handoff,
    maintenance,
    process,
    replay,
    reply,
    triggers,
    webhook,
)
from shared.wiring.ports import Ports

#: Builds the parts of each function on a message's path.
WIRES: dict[str, Callable[[Ports, Directory], Any]] = {
    "webhook": webhook.wire,
    "reply": reply.wire,
    "deliver": deliver.wire,
    "handoff": handoff.wire,
    "maintenance": maintenance.wire,
    "triggers": triggers.wire,
    "contacts": contacts.wire,
}


class Parts:
    """Parts of all these functions in one process, for tests that drive a use case directly."""

    def __init__(self, ports: Ports, directory: Directory, library: type[Library] = Library) -> None:
        self.ports, self.directory = ports, directory
        self.store, self.bus, self.secrets, self.blobs = ports.store, ports.bus, ports.secrets, ports.blobs
        self.http, self.clock, self.ids = ports.http, ports.clock, ports.ids
        with patch.object(reply, "Library", library):
            hook, answers = webhook.wire(ports, directory), reply.wire(ports, directory)
        sends, keeps = deliver.wire(ports, directory), maintenance.wire(ports, directory)
        self.intake: WebhookIntake = hook.intake
        self.page: Page = hook.page
        self.reply: Reply = answers.reply
        self.outbox: Outbox = sends.outbox
        self.receipts: Receipts = sends.receipts
        self.sweep: Sweep = keeps.sweep
        self.rounds: Rounds = keeps.rounds
        self.dead_letters: DeadLetters = keeps.dead_letters
        self.replay: Replay = replay.wire(ports, directory)
        self.administration: Administration = gateways.wire(ports, directory)
        self.handoff = handoff.wire(ports, directory)
        self.triggers = triggers.wire(ports, directory)
        self.topics: Topics = {
            **answers.topics,
            **sends.topics,
            **self.handoff.topics,
            **self.triggers.topics,
        }


def install(patch: pytest.MonkeyPatch, ports: Ports, directory: Directory) -> None:
    """Makes the functions of this process use these ports."""
    process.parts.cache_clear()
    patch.setattr(process, "surroundings", lambda: (ports, directory))
