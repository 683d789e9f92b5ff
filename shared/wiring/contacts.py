"""Parts of the function `contacts`, and of the command of the same name."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contacts.requests import Requests
from shared.contacts.writing import Writing
from shared.platform.pause import Pause
from shared.tenants.directory import Directory
from shared.triggers.at_once import AtOnce
from shared.triggers.planning import Planner
from shared.triggers.rules import Rules
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class ContactsParts:
    requests: Requests
    writing: Writing
    directory: Directory


def wire(ports: Ports, directory: Directory) -> ContactsParts:
    writing = Writing(ports.store, ports.clock, ports.ids)
    planning = AtOnce(directory, Rules(ports.store), Planner(ports.store, ports.clock))
    pause = Pause(ports.store, ports.clock)
    return ContactsParts(Requests(directory, writing, planning.plan, pause), writing, directory)
