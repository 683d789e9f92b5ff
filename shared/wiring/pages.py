"""Parts of the function `pages`."""

from __future__ import annotations

from dataclasses import dataclass

from shared.models.page import Page
from shared.models.tenant import Tenant
from shared.pages.visits import Visits
from shared.platform.blobs import Blobs
from shared.tenants.directory import Directory
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class PagesParts:
    visits: Visits
    blobs: Blobs
    directory: Directory

    async def found(self, tenant: str, token: str) -> tuple[Page, Tenant] | None:
        """Returns an open page with its organisation, or None. Costs one read if there is no such page."""
        page = await self.visits.find(tenant, token)
        host = await self.directory.tenant(page.tenant) if page else None
        return (page, host) if page and host else None


def wire(ports: Ports, directory: Directory) -> PagesParts:
    return PagesParts(Visits(ports.store, ports.clock), ports.blobs, directory)
