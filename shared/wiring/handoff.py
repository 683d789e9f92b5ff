"""Parts of the function `handoff`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.conversation.relaying import Relays
from shared.handoff.answered import Answered
from shared.handoff.budgets import Budgets
from shared.handoff.console import Console
from shared.handoff.due import Due
from shared.handoff.notices import Notices
from shared.handoff.one_times import OneTimes
from shared.handoff.relays import NotifierRelays
from shared.handoff.telling import Telling
from shared.handoff.tick import Tick
from shared.models.events import HANDOFFS, HandoffDue, HandoffEvent, OneTimeDue, RelayDue, StaffAnswered
from shared.platform.endpoint import Topics
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class HandoffParts:
    due: Tick
    requests: Due
    relays: NotifierRelays
    answered: Answered
    one_times: OneTimes

    @property
    def topics(self) -> Topics:
        """Events of the topic that drives the function, and their handler."""
        return {"handoffs": (HANDOFFS, self.handle)}

    async def handle(self, event: HandoffEvent) -> None:
        """Handles an event by its kind."""
        match event:
            case HandoffDue():
                await self.requests.handle(event)
            case RelayDue():
                await self.relays.handle(event)
            case StaffAnswered():
                await self.answered.handle(event)
            case OneTimeDue():
                await self.one_times.handle(event)


def wire(ports: Ports, directory: Directory) -> HandoffParts:
    publisher = Publisher(ports.bus)
    pause = Pause(ports.store, ports.clock)
    notices = Notices(ports.store, ports.clock, directory, pause)
    relays = Relays(ports.store, ports.clock, publisher, directory.terms)
    due = Due(ports.store, ports.clock, ports.ids, directory, publisher, notices, relays, pause)
    telling = Telling(directory, ports.ids)
    console = Console(ports.store, ports.clock, directory, telling, publisher)
    one_times = OneTimes(ports.store, ports.clock, ports.ids, directory, publisher, pause)
    budgets = Budgets(ports.store, ports.clock, directory, telling, publisher)
    return HandoffParts(
        due=Tick(ports.store, ports.clock, due, notices, console, budgets, one_times, pause),
        requests=due,
        relays=NotifierRelays(ports.store, ports.clock, directory, notices, pause),
        answered=Answered(ports.store, ports.clock, directory, publisher, notices),
        one_times=one_times,
    )
