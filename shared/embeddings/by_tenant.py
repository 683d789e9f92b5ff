"""The embedder of a tenant's pieces: its own embedding model if it names one, else the deployment's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from shared.embeddings import Embedder, readable
from shared.embeddings.attempts import Attempts
from shared.errors import Retry
from shared.models.answers import Task
from shared.models.tenant import Tenant
from shared.platform.clock import Clock

if TYPE_CHECKING:
    from shared.embeddings import Vectors


class Router(Protocol):
    """The part of the router of models that embeds texts. Raises Retry if no model answers."""

    def does(self, tenant: Tenant, task: Task) -> bool: ...

    async def embed(self, tenant: Tenant, texts: Sequence[str]) -> list[list[float]]: ...


class Embedders:
    def __init__(self, ours: Embedder | None, clock: Clock, router: Router | None = None) -> None:
        self._ours = Attempts(ours, clock) if ours else None
        self._clock, self._router = clock, router

    def of(self, tenant: Tenant) -> Attempts | None:
        """Returns the embedder of a tenant's pieces; None if embeddings are off."""
        if self._router is None or not self._router.does(tenant, "embed"):
            return self._ours
        return Attempts(_ByModel(self._router, tenant), self._clock)


class _ByModel:
    """A tenant's embedding model; the first that does the task, because vectors of two cannot be compared."""

    loaded = True

    def __init__(self, router: Router, tenant: Tenant) -> None:
        self._router, self._tenant = router, tenant

    @property
    def name(self) -> str:
        first = next(iter(self._tenant.answers.order("embed").values()))
        return f"{first.format}/{first.model}"

    async def embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        found = await self._router.embed(self._tenant, [readable(text) for text in texts])
        vectors = np.array(found, dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=-1, keepdims=True) if vectors.ndim == 2 else np.zeros(1)
        if len(vectors) != len(texts) or not np.isfinite(lengths).all() or not lengths.all():
            raise Retry("embeddings_garbled")
        normalised: Vectors = vectors / lengths
        return normalised
