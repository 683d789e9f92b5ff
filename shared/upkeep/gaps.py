"""Review of gaps: questions without a known answer, grouped by meaning for an administrator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from shared.conversation.gaps import KEPT, Gap
from shared.embeddings import Embedder
from shared.errors import ConfigurationError
from shared.platform.clock import Clock
from shared.platform.store import Store, Where
from shared.tenants.directory import Directory

#: Most gaps that are read, the newest first.
LIMIT = 1_000
#: Least cosine similarity of two questions of one meaning.
ALIKE = 0.7


@dataclass(frozen=True)
class Group:
    """Gaps of one meaning, the most asked first; at least one."""

    gaps: Sequence[Gap]

    @property
    def count(self) -> int:
        """The number of times that any of them was asked."""
        return sum(gap.count for gap in self.gaps)

    @property
    def last_at(self) -> datetime:
        """The last time that any of them was asked."""
        return max(gap.last_at for gap in self.gaps)


G = TypeVar("G", Gap, Group)


class Gaps:
    def __init__(self, store: Store, directory: Directory, clock: Clock, embedder: Embedder) -> None:
        self._store, self._directory, self._clock, self._embedder = store, directory, clock, embedder

    async def groups(self, tenant: str) -> list[Group]:
        """Returns the tenant's gaps in groups, most asked first.

        Raises ConfigurationError if there is no such tenant.
        """
        if await self._directory.tenant(tenant) is None:
            raise ConfigurationError(f"TENANT is {tenant!r}: there is no such tenant")
        recent = [Where("last_at", ">", self._clock.now() - KEPT)]
        gaps = await self._store.query(Gap, where=recent, order="-last_at", limit=LIMIT, tenant=tenant)
        return _most_asked(Group(each) for each in await self._by_meaning(_most_asked(gaps)))

    async def _by_meaning(self, gaps: Sequence[Gap]) -> Iterable[list[Gap]]:
        """Returns the gaps in groups: each joins the group whose first gap is nearest, or begins one."""
        if not gaps:
            return []
        vectors = await self._embedder.embed([gap.question for gap in gaps])
        alike = vectors @ vectors.T
        groups: dict[int, list[Gap]] = {}
        for number, gap in enumerate(gaps):
            nearest = max(groups, key=lambda first: float(alike[first, number]), default=number)
            first = nearest if alike[nearest, number] >= ALIKE else number
            groups.setdefault(first, []).append(gap)
        return groups.values()


def _most_asked(found: Iterable[G]) -> list[G]:
    return sorted(found, key=lambda each: (each.count, each.last_at), reverse=True)
