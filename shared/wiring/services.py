"""Parts of the services of an organisation, which answer in the function `reply`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.answers.assistant.tools import Registry
from shared.answers.attaching import Attaching
from shared.answers.grounding import Grounding
from shared.answers.menu import Menu
from shared.answers.services import Services
from shared.answers.services.acting import Acting
from shared.answers.services.lookups import Lookups, Unavailable
from shared.answers.services.meaning import Meaning
from shared.answers.services.offering import Offering
from shared.answers.services.paging import Paging
from shared.answers.services.proving import Proving
from shared.answers.services.tools import Tools
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class ServiceParts:
    offering: Offering
    services: Services
    proving: Proving

    def tools(self, common: Registry) -> Tools:
        """Returns the tools of each person: those of all, and those of the services."""
        return Tools(common, self.services)


def wire_services(ports: Ports, directory: Directory, menu: Menu, grounding: Grounding) -> ServiceParts:
    lookups = _lookups(ports, directory)
    offering, acting = Offering(menu), Acting(lookups, _paging(ports, directory, lookups))
    services = Services(offering, menu, acting, Meaning(grounding.lacking), lambda: proving)
    proving = _proving(ports, directory, lookups, services)
    return ServiceParts(offering, services, proving)


def _lookups(ports: Ports, directory: Directory) -> Lookups:
    return Lookups(directory, ports.store, ports.blobs, ports.clock)


def _proving(ports: Ports, directory: Directory, lookups: Lookups, services: Services) -> Proving:
    return Proving(lookups, ports.store, directory, services.proven, services.wished)


def _paging(ports: Ports, directory: Directory, lookups: Lookups) -> Paging:
    attaching = Attaching(ports.store, ports.blobs)
    return Paging(attaching, ports.ids, directory, lookups.file, (Unavailable,))
