"""Parts of the function `knowledge`, and of the command of the same name."""

from __future__ import annotations

from dataclasses import dataclass

from shared.embeddings.by_tenant import Embedders
from shared.models.events import SOURCES, SourceDue
from shared.platform.blobs import Blobs
from shared.platform.endpoint import Topics
from shared.platform.pause import Pause
from shared.platform.publishing import Publisher
from shared.platform.store import Store
from shared.routing import Router
from shared.tenants.directory import Directory
from shared.upkeep.sources.refresh import Refresh
from shared.upkeep.sources.tick import Tick
from shared.wiring.ports import Ports


@dataclass(frozen=True)
class KnowledgeParts:
    tick: Tick
    refresh: Refresh
    store: Store
    blobs: Blobs
    directory: Directory
    router: Router

    @property
    def topics(self) -> Topics:
        """Events of each topic that drives the function, and their handler."""
        return {"sources": (SOURCES, self.handle)}

    async def handle(self, event: SourceDue) -> None:
        """Reads a source. Raises Drop if it is gone, or if it is being read."""
        try:
            await self.refresh.run(event.tenant, event.source)
        finally:
            await self.router.write_usage(event.tenant)


def wire(ports: Ports, directory: Directory) -> KnowledgeParts:
    router = Router(ports.store, ports.clock, ports.ids, directory)
    embedders = Embedders(ports.vendor_embedder or ports.embedder, ports.clock, router)
    documents = (ports.store, ports.clock)
    return KnowledgeParts(
        tick=Tick(*documents, Publisher(ports.bus), Pause(*documents)),
        refresh=Refresh(*documents, ports.ids, directory, ports.blobs, embedders),
        store=ports.store,
        blobs=ports.blobs,
        directory=directory,
        router=router,
    )
