"""Parts of the function `contacts`, and of the command of the same name."""

from __future__ import annotations

from dataclasses import dataclass

from shared.contacts import planning
from shared.contacts.requests import Requests
from shared.contacts.writing import Writing
from shared.platform.publishing import Publisher
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class ContactsParts:
    requests: Requests
    writing: Writing
    directory: Directory


def wire(ports: Ports, directory: Directory) -> ContactsParts:
    writing = Writing(ports.store, ports.clock, ports.ids)
    plan = planning.by_event(Publisher(ports.bus))
    return ContactsParts(Requests(directory, writing, plan), writing, directory)
