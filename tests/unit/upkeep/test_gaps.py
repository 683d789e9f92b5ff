"""Review of gaps: groups by meaning, most asked first, of one tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest

from shared.conversation.gaps import KEPT, Gap
from shared.errors import ConfigurationError
from shared.models.tenant import Tenant
from shared.upkeep.gaps import Gaps
from tests.world import FakePlugins, World

if TYPE_CHECKING:
    from shared.embeddings import Vectors

#: Angles of the questions in degrees: 45 apart is one meaning (cosine 0.71), 46 is not (0.69).
ANGLES = {"parking": 0, "park here": 20, "bench": 40, "garage": 45, "terrace": 60, "garden": 106, "pool": 180}


class Angles:
    """An embedder of these questions alone, which counts its calls."""

    name, loaded = "angles", True

    def __init__(self) -> None:
        self.calls = 0

    async def embed(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        turns = np.radians([ANGLES[text] for text in texts])
        return np.stack([np.cos(turns), np.sin(turns)], axis=1).astype(np.float32)


async def keep(world: World, question: str, count: int, *, tenant: str = "parish", minutes: int = 0) -> None:
    gap = Gap.of(tenant, f"{question}-id", question, "en", world.clock.now() + timedelta(minutes=minutes))
    gap.count = count
    await world.store.put(gap)


async def groups(world: World, tenant: str = "parish") -> list[tuple[int, list[str]]]:
    """Returns the count and the questions of each group."""
    review = Gaps(world.store, world.directory(FakePlugins(world)), world.clock, Angles())
    return [(group.count, [gap.question for gap in group.gaps]) for group in await review.groups(tenant)]


async def test_questions_of_one_meaning_are_one_group_most_asked_first(world: World) -> None:
    await keep(world, "pool", 6)
    await keep(world, "park here", 1)
    await keep(world, "parking", 5)
    await keep(world, "garage", 2)
    assert await groups(world) == [(8, ["parking", "garage", "park here"]), (6, ["pool"])]


async def test_a_question_joins_the_nearest_group_or_begins_one(world: World) -> None:
    await keep(world, "parking", 5)
    await keep(world, "terrace", 4)
    await keep(world, "bench", 2)
    await keep(world, "garden", 1)
    assert await groups(world) == [(6, ["terrace", "bench"]), (5, ["parking"]), (1, ["garden"])]


async def test_of_equal_counts_the_newer_comes_first(world: World) -> None:
    await keep(world, "pool", 2)
    await keep(world, "parking", 2, minutes=-1)
    assert await groups(world) == [(2, ["pool"]), (2, ["parking"])]


async def test_only_the_newest_are_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.upkeep.gaps.LIMIT", 2)
    await keep(world, "parking", 9, minutes=-3)
    await keep(world, "garden", 1, minutes=-1)
    await keep(world, "pool", 1)
    assert await groups(world) == [(1, ["pool"]), (1, ["garden"])]


async def test_expired_gaps_are_not_shown(world: World) -> None:
    await keep(world, "parking", 9)
    world.clock.pass_(KEPT.total_seconds())
    await keep(world, "pool", 1)
    assert await groups(world) == [(1, ["pool"])]


async def test_a_tenant_sees_its_own_alone_and_one_without_gaps_loads_no_model(world: World) -> None:
    await world.store.put(Tenant(tenant="hotel", name="Hotel", languages=["en"]))
    await keep(world, "pool", 1)
    embedder = Angles()
    review = Gaps(world.store, world.directory(FakePlugins(world)), world.clock, embedder)
    assert await review.groups("hotel") == []
    assert embedder.calls == 0
    assert await groups(world) == [(1, ["pool"])]


@pytest.mark.parametrize("tenant", ["nobody", "No/Slug", ""])
async def test_an_unknown_tenant_is_an_error(world: World, tenant: str) -> None:
    with pytest.raises(ConfigurationError, match="there is no such tenant"):
        await groups(world, tenant)
