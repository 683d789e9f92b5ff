"""Parts of the function `triggers`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.models.events import (
    OCCURRENCES,
    ContactsDue,
    ConversationsSilent,
    OccurrencesDue,
    TriggerDue,
    TriggerEvent,
)
from shared.platform.endpoint import Topics
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory
from shared.triggers.firing import Firing
from shared.triggers.looking import Looking
from shared.triggers.planning import Planner
from shared.triggers.rules import Rules
from shared.triggers.silences import Silences
from shared.triggers.tick import Tick
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class TriggersParts:
    tick: Tick
    firing: Firing
    looking: Looking
    silences: Silences

    @property
    def topics(self) -> Topics:
        """Events of each topic that drives the function, and their handler."""
        return {"occurrences": (OCCURRENCES, self.handle)}

    async def handle(self, event: TriggerEvent) -> None:
        """Does the work of one event."""
        match event:
            case OccurrencesDue():
                await self.firing.handle(event)
            case ContactsDue():
                await self.looking.plan(event)
            case ConversationsSilent():
                await self.silences.handle(event)
            case TriggerDue():
                await self.looking.look(event)


def wire(ports: Ports, directory: Directory) -> TriggersParts:
    publisher, pause = Publisher(ports.bus), Pause(ports.store, ports.clock)
    rules, planner = Rules(ports.store), Planner(ports.store, ports.clock)
    documents = (ports.store, ports.clock)
    return TriggersParts(
        tick=Tick(*documents, publisher, pause),
        firing=Firing(*documents, ports.ids, directory, publisher, pause),
        looking=Looking(*documents, directory, publisher, rules, planner, pause),
        silences=Silences(*documents, directory, rules, pause),
    )
