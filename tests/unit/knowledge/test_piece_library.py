"""Pieces of sources are found beside the entries, in memory or by the store, with their source and page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.answers.grounding import Grounding, with_sources
from shared.answers.sourced import Sourced
from shared.embeddings.by_tenant import Embedders
from shared.embeddings.local import Local
from shared.knowledge import piece_library
from shared.knowledge.library import Library
from shared.knowledge.piece_library import PieceLibrary
from shared.knowledge.vectors import packed, unpacked
from shared.models.document import Document
from shared.models.source import Source, SourcePiece
from shared.models.tenant import Embedded, KnowledgeEntry, Tenant, Wording
from shared.platform.store.sqlite import SqliteStore
from tests.fakes.asked import asked
from tests.world import ManualClock

LOCAL = Local()
HOTEL = Tenant(tenant="hotel", name="Hotel", languages=["en", "fr"])
TEXTS = {
    "Telescope": "The telescope stands on the roof. You may use it on clear nights from 20:30.",
    "Bicycles": "We lend bicycles. Half a day costs 2 000 F, a whole day 3 500 F.",
    "Library": "Three hundred books are in the blue salon. Bring them back before you leave.",
}
ENTRY = KnowledgeEntry(
    tenant="hotel",
    entry="breakfast",
    topic={"en": "Meals"},
    source={"en": "Guest directory"},
    wordings={"en": Wording(questions=["When is breakfast?"], answer="Breakfast is from 6:30 to 10:30.")},
)


async def pieces(*, vectors: bool = False, source: str = "guide") -> list[SourcePiece]:
    rows = await LOCAL.embed([f"Guide › {title}\n{text}" for title, text in TEXTS.items()])
    found = []
    for place, (title, text) in enumerate(TEXTS.items()):
        embedded = Embedded(of=LOCAL.name, vectors=packed(rows[place : place + 1]))
        found.append(
            SourcePiece(
                tenant="hotel",
                piece=f"{source}-{place}",
                source=source,
                item="guide.pdf",
                title=f"Guide › {title}",
                topic=title,
                page=place + 1,
                text=text,
                language="en",
                digest=str(place),
                embedded=embedded,
                vector=[float(each) for each in unpacked(embedded.vectors)[0]] if vectors else None,
            )
        )
    return found


class World:
    def __init__(self, folder: Path) -> None:
        self.store, self.clock = SqliteStore(folder / "store.db"), ManualClock()
        self.library = Library(self.store, self.clock)
        self.pieces = PieceLibrary(self.store, self.clock, self.library)
        self.sourced = Sourced(self.pieces, self.store, Embedders(LOCAL, self.clock))
        self.grounding = Grounding(self.library, None, self.sourced)

    async def put(self, found: Sequence[SourcePiece], **fields: object) -> None:
        for piece in found:
            await self.store.put(piece)
        source = Source(tenant="hotel", source=found[0].source, kind="file", pieces=len(found), revision=1)
        await self.store.put(source.model_copy(update=fields))

    async def texts(self, question: str) -> list[str]:
        return [each.text for each in await self.grounding.passages(asked(HOTEL, question, "en"))]

    async def sources(self, question: str) -> list[str]:
        return [each.source for each in await self.grounding.passages(asked(HOTEL, question, "en"))]


@pytest.fixture
async def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    await found.store.put(ENTRY)
    return found


async def test_a_piece_is_found_with_its_source_and_page(world: World) -> None:
    await world.put(await pieces())
    (best, *_) = await world.grounding.passages(asked(HOTEL, "May I use the telescope?", "en"))
    assert best.source == "Guide › Telescope, p. 1"
    assert best.confidence > 0.6
    told = with_sources(HOTEL, best.text, [best], "en")
    assert told.endswith("Guide › Telescope, p. 1_")


async def test_entries_are_found_beside_pieces(world: World) -> None:
    await world.put(await pieces())
    assert (await world.sources("When is breakfast?"))[0] == "Guest directory"
    assert (await world.sources("How much is a bicycle for a whole day?"))[0] == "Guide › Bicycles, p. 2"


async def test_without_sources_entries_are_found_as_before(world: World) -> None:
    plain = Grounding(world.library)
    for question in ("When is breakfast?", "breakfst", "Is there a telescope?", "…"):
        turn = asked(HOTEL, question, "en")
        assert await world.grounding.passages(turn) == await plain.passages(turn)


async def test_a_piece_can_be_chosen_and_offered_by_its_topic(world: World) -> None:
    await world.put(await pieces())
    turn = asked(HOTEL, "books", "en")
    passage = await world.grounding.entry(turn, "guide-2")
    assert passage is not None
    assert await world.grounding.question(turn, passage) == "Library"
    assert await world.grounding.entry(turn, "gone") is None


async def test_names_that_pieces_have_are_known(world: World) -> None:
    turn = asked(HOTEL, "Is there a Telescope here?", "en")
    assert await world.grounding.unknown_names(turn) == ["Telescope"]
    world.clock.pass_(200)
    await world.put(await pieces())
    assert await world.grounding.unknown_names(turn) == []


async def test_pieces_in_the_store_are_found_by_its_vector_index(world: World) -> None:
    await world.put(await pieces(vectors=True), in_store=True)
    assert (await world.sources("May I use the telescope?"))[0] == "Guide › Telescope, p. 1"
    found = await world.grounding.entry(asked(HOTEL, "x", "en"), "guide-1")
    assert found is not None
    assert found.source == "Guide › Bicycles, p. 2"


async def test_dropped_sources_are_not_searched_in_the_store_either(world: World) -> None:
    await world.put(await pieces(vectors=True), in_store=True, dropped=True)
    await world.put(await pieces(vectors=True, source="other"), in_store=True)
    found = await world.grounding.passages(asked(HOTEL, "May I use the telescope?", "en"))
    assert {each.id.partition("-")[0] for each in found} <= {"other"}
    assert await world.grounding.entry(asked(HOTEL, "x", "en"), "guide-1") is None


async def test_a_change_is_known_after_two_minutes_and_only_it_is_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.put(await pieces())
    await world.put(await pieces(source="other"))
    asked_for: list[str] = []
    query = world.store.query

    async def counting(model: type[Document], **more: Any) -> Any:
        asked_for.append(f"{model.__name__} {more.get('where')}")
        return await query(model, **more)

    monkeypatch.setattr(world.store, "query", counting)
    first = await world.pieces.shelf("hotel", LOCAL.name)
    assert sum(each.startswith("SourcePiece") for each in asked_for) == 2
    asked_for.clear()
    assert await world.pieces.shelf("hotel", LOCAL.name) is first
    assert asked_for == []
    world.clock.pass_(121)
    assert await world.pieces.shelf("hotel", LOCAL.name) is first
    assert [each.partition(" ")[0] for each in asked_for] == ["Source"]
    changed = (await pieces())[0].model_copy(update={"text": "The telescope is being repaired."})
    await world.put([changed], revision=2)
    world.clock.pass_(121)
    asked_for.clear()
    assert "The telescope is being repaired." in await world.texts("Is the telescope being repaired?")
    assert sum(each.startswith("SourcePiece") for each in asked_for) == 1


async def test_pieces_of_all_tenants_stay_within_memory(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(piece_library, "ALL_PIECES", 4)
    await world.put(await pieces())
    other = [piece.model_copy(update={"tenant": "inn"}) for piece in await pieces()]
    for piece in other:
        await world.store.put(piece)
    await world.store.put(Source(tenant="inn", source="guide", kind="file", pieces=3, revision=1))
    await world.pieces.shelf("hotel", LOCAL.name)
    await world.pieces.shelf("inn", LOCAL.name)
    assert [*world.pieces._cache] == ["inn"]
