"""Library of indexes: entries that are read, tenants indexed again, and indexes kept in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.knowledge import library
from shared.knowledge.library import Library
from shared.models.tenant import KnowledgeEntry, Wording


def entry(name: str, question: str) -> KnowledgeEntry:
    wording = Wording(questions=[question], answer="Oui.")
    return KnowledgeEntry(tenant="hotel", entry=name, source={"fr": "Livret"}, wordings={"fr": wording})


ENTRIES = [entry("breakfast", "petit déjeuner"), entry("pool", "piscine"), entry("taxes", "taxe de séjour")]


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 2, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class FakeStore:
    """A store with one query: the knowledge entries of a tenant."""

    def __init__(self) -> None:
        self.entries: list[KnowledgeEntry] = ENTRIES[:1]
        self.asked: list[str] = []
        self.failing = False

    async def query(
        self,
        model: type[KnowledgeEntry],
        /,
        *,
        where: Sequence[Any] = (),
        order: str = "",
        limit: int,
        **keys: str,
    ) -> list[KnowledgeEntry]:
        self.asked.append(keys["tenant"])
        await asyncio.sleep(0)
        if self.failing:
            raise ConnectionError
        return [each.model_copy(deep=True) for each in self.entries[:limit]]


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def indexes(store: FakeStore, clock: Clock) -> Library:
    return Library(store, clock)  # type: ignore[arg-type]


async def test_a_change_of_the_knowledge_is_in_force_after_two_minutes(
    indexes: Library, store: FakeStore, clock: Clock
) -> None:
    await indexes.index("hotel")
    store.entries = ENTRIES
    await clock.sleep(119)
    assert (await indexes.index("hotel")).search("piscine", "fr", 1) == []
    await clock.sleep(1)
    assert (await indexes.index("hotel")).search("piscine", "fr", 1)[0].id == "pool"
    assert len(store.asked) == 2


async def test_knowledge_that_has_not_changed_is_not_indexed_again(
    indexes: Library, store: FakeStore, clock: Clock
) -> None:
    first = await indexes.index("hotel")
    for _ in range(3):
        await clock.sleep(120)
        assert await indexes.index("hotel") is first
    assert len(store.asked) == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries[:1],
        lambda entries: [*entries, *ENTRIES[2:3]],
        lambda entries: [entries[0], entries[1].model_copy(update={"source": {"fr": "Page 9"}})],
        lambda entries: [entries[0], entries[1].model_copy(update={"wordings": entries[0].wordings})],
    ],
    ids=["one less", "one more", "another source", "other words"],
)
async def test_whatever_changes_in_the_knowledge_is_indexed(
    indexes: Library,
    store: FakeStore,
    clock: Clock,
    change: Callable[[list[KnowledgeEntry]], list[KnowledgeEntry]],
) -> None:
    store.entries = ENTRIES[:2]
    first = await indexes.index("hotel")
    store.entries = change(store.entries)
    await clock.sleep(120)
    second = await indexes.index("hotel")
    assert second is not first
    await clock.sleep(120)
    assert await indexes.index("hotel") is second


async def test_many_who_ask_at_once_are_one_read(indexes: Library, store: FakeStore) -> None:
    found = await asyncio.gather(*(indexes.index("hotel") for _ in range(20)))
    assert len(store.asked) == 1
    assert len({id(index) for index in found}) == 1


async def test_a_failed_read_is_raised_and_not_kept(indexes: Library, store: FakeStore) -> None:
    store.failing = True
    with pytest.raises(ConnectionError):
        await indexes.index("hotel")
    store.failing = False
    assert await indexes.index("hotel")


async def test_the_tenant_not_asked_for_longest_goes_first(
    indexes: Library, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "TENANTS", 2)
    for tenant in ("a", "b", "a", "c", "a", "b"):
        await indexes.index(tenant)
    assert store.asked == ["a", "b", "c", "b"]
