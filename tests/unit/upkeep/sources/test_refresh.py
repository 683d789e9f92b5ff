"""A refresh reads and embeds changes, forgets vanished items, and keeps the last good version of others."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.errors import ConfigurationError, Drop
from shared.models.source import Source
from shared.sources import Broken, Oversized
from shared.upkeep.sources import refresh as refreshing
from tests.unit.upkeep.sources.library import CountingEmbedder, World

LATER = timedelta(hours=1, minutes=5).total_seconds()


@pytest.fixture
async def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    await found.begin()
    found.shelves.texts = {"a.md": "One.\n\nTwo.", "b.md": "Trois petits chats sont dans la rue."}
    return found


async def test_a_source_becomes_pieces_with_their_origin(world: World) -> None:
    source = await world.run()
    assert source.why == "All is read: 2 of its items, 3 pieces."
    assert source.working
    assert source.due_at == world.clock.now() + timedelta(hours=1)
    found = {piece.text: piece for piece in await world.pieces()}
    assert found["Two."].origin == "Guide › a › Part 1"
    assert found["Two."].language == "en"
    assert found["Trois petits chats sont dans la rue."].language == "fr"
    assert all(piece.embedded and piece.vector is None for piece in found.values())


async def test_only_changes_are_read_and_embedded(world: World) -> None:
    await world.run()
    world.shelves.loaded.clear()
    world.embedder.texts.clear()
    world.shelves.texts["a.md"] = "Zero.\n\nTwo."
    source = await world.run()
    assert world.shelves.loaded == ["a.md"]
    assert world.embedder.texts == ["Guide › a › Part 0\nZero."]
    assert await world.texts() == ["Trois petits chats sont dans la rue.", "Two.", "Zero."]
    assert source.changed_at == world.clock.now()


async def test_a_repeat_changes_nothing(world: World) -> None:
    first = await world.run()
    before = await world.pieces()
    world.clock.pass_(LATER)
    again = await world.run()
    assert await world.pieces() == before
    assert (again.revision, again.changed_at) == (first.revision, first.changed_at)
    assert again.checked_at == world.clock.now()


async def test_the_same_bytes_with_another_mark_are_written_once(world: World) -> None:
    first = await world.run()
    world.shelves.marks["a.md"] = "another"
    again = await world.run()
    assert world.shelves.loaded == ["a.md", "b.md", "a.md"]
    assert again.revision == first.revision


async def test_what_vanished_goes(world: World) -> None:
    await world.run()
    del world.shelves.texts["a.md"]
    source = await world.run()
    assert await world.texts() == ["Trois petits chats sont dans la rue."]
    assert [item.id for item in source.items] == ["b.md"]


async def test_a_file_that_broke_keeps_its_last_good_version_and_recovers(world: World) -> None:
    await world.run()
    good = world.shelves.texts["a.md"]
    world.shelves.texts |= {"a.md": "#BAD", "c.md": "New."}
    source = await world.run()
    assert not source.working
    assert source.why == "a.md is broken: open it and save it anew. Its last good version stays."
    assert {"One.", "Two.", "New."} <= set(await world.texts())
    world.shelves.loaded.clear()
    world.clock.pass_(LATER)
    still = await world.run()
    assert still.why == source.why
    assert world.shelves.loaded == []  # not before it changes
    world.shelves.texts["a.md"] = good
    healed = await world.run()
    assert (healed.working, healed.why) == (True, "All is read: 3 of its items, 4 pieces.")


async def test_a_new_file_that_is_broken_costs_no_other(world: World) -> None:
    world.shelves.texts = {"bad.pdf": "#BAD", "large.pdf": "x", **world.shelves.texts}
    world.shelves.item_broken["large.pdf"] = Oversized(300 * 1024 * 1024)
    source = await world.run()
    assert (
        source.why
        == "bad.pdf is broken: open it and save it anew. The last good version stays. (And 1 more.)"
    )
    whys = {item.id: item.why for item in source.items}
    assert whys["large.pdf"] == "large.pdf has 300 MB, more than the 25 MB that are read: split it."
    assert len(await world.texts()) == 3


async def test_a_file_that_cannot_be_had_now_is_tried_again_soon(world: World) -> None:
    world.shelves.item_broken["a.md"] = Broken("Google Drive is busy: it is tried again.")
    source = await world.run()
    assert source.why.startswith("a.md: Google Drive is busy: it is tried again.")
    assert source.due_at == world.clock.now() + timedelta(minutes=15)
    world.shelves.item_broken.clear()
    assert (await world.run()).working
    assert "One." in await world.texts()


async def test_a_source_that_broke_keeps_all_and_is_tried_ever_later(world: World) -> None:
    await world.run()
    before = await world.pieces()
    world.shelves.broken = Broken("The site does not have it (HTTP 404): give its new address, or remove it.")
    waits = []
    for _ in range(5):
        source = await world.run()
        waits.append((source.due_at - world.clock.now()) / timedelta(minutes=1))
    assert waits == [15, 30, 60, 60, 60]
    assert await world.pieces() == before
    assert not source.working
    assert source.why.endswith("or remove it. The last good version stays.")
    world.shelves.broken = None
    healed = await world.run()
    assert (healed.working, healed.failures) == (True, 0)


async def test_a_vendor_that_asks_for_more_time_gets_it(world: World) -> None:
    source = await world.stored()
    source.every_hours = 24
    await world.store.put(source)
    world.shelves.broken = Broken("Busy: it is tried again.", after=3_600)
    assert (await world.run()).due_at == world.clock.now() + timedelta(hours=1)


async def test_a_wrong_setting_is_told_in_the_document(world: World) -> None:
    def wrong(*_: object) -> Any:
        raise ConfigurationError("tenants/hotel/sources/guide: settings.folder is missing")

    world.source = wrong  # type: ignore[assignment, method-assign]
    assert (await world.run()).why == "tenants/hotel/sources/guide: settings.folder is missing."


async def test_two_refreshes_at_once_end_as_one(world: World) -> None:
    done = await asyncio.gather(
        *(world.refresh().run("hotel", "guide") for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in done].count(Source) == 1
    assert {str(each) for each in done if isinstance(each, Drop)} == {"source_is_being_read"}
    assert len(await world.texts()) == 3


class _Crash(Exception):
    pass


@pytest.mark.parametrize("crash_at", range(1, 12))
async def test_a_refresh_that_is_cut_off_is_completed_by_the_next(world: World, crash_at: int) -> None:
    await world.run()
    world.shelves.texts = {"a.md": "One.\n\nThree.\n\nFour.", "c.md": "Five."}
    writes, transaction = 0, world.store.transaction

    async def crashing(work: Any) -> Any:
        nonlocal writes
        writes += 1
        if writes == crash_at:
            raise _Crash
        return await transaction(work)

    world.store.transaction = crashing  # type: ignore[method-assign]
    try:
        await world.run()
    except _Crash:
        world.store.transaction = transaction  # type: ignore[method-assign]
        world.clock.pass_(660)  # its claim runs out
        await world.run()
    assert await world.texts() == ["Five.", "Four.", "One.", "Three."]
    source = await world.stored()
    assert (source.pieces, len(source.items), source.claim) == (4, 2, None)


async def test_a_refresh_that_lost_its_claim_writes_nothing_more(world: World) -> None:
    """A slow refresh wakes up after another one has read newer content."""
    old = world.shelves._item("a.md")

    async def slow() -> Any:
        content = await old.load()
        world.clock.pass_(660)
        world.shelves._item = original  # type: ignore[method-assign]
        world.shelves.texts["a.md"] = "Newest."
        await world.run()
        return content

    original = world.shelves._item
    world.shelves._item = lambda name: (  # type: ignore[method-assign]
        type(old)(old.id, old.name, old.mark, slow) if name == "a.md" else original(name)
    )
    with pytest.raises(Drop, match="source_was_taken_over"):
        await world.run()
    assert await world.texts() == ["Newest.", "Trois petits chats sont dans la rue."]


async def test_a_failing_embedder_costs_no_piece_and_is_made_up_for(world: World) -> None:
    world.embedder.down = True
    source = await world.run()
    assert source.working
    assert [piece.embedded for piece in await world.pieces()] == [None] * 3
    world.embedder.down = False
    world.clock.pass_(LATER)
    world.shelves.loaded.clear()
    await world.run()
    assert world.shelves.loaded == []
    assert all(piece.embedded for piece in await world.pieces())


async def test_another_embedder_embeds_all_again_without_reading(world: World) -> None:
    await world.run()
    world.shelves.loaded.clear()
    other = CountingEmbedder("other")
    await world.run(embedder=other)
    assert world.shelves.loaded == []
    assert len(other.texts) == 3
    assert {piece.embedded.of for piece in await world.pieces() if piece.embedded} == {"other"}


async def test_pieces_beyond_memory_are_searched_in_the_store_and_come_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refreshing, "MEMORY_PIECES", 2)
    source = await world.run()
    assert source.in_store
    assert all(piece.vector and len(piece.vector) == 8 for piece in await world.pieces())
    world.embedder.texts.clear()
    del world.shelves.texts["b.md"]
    source = await world.run()
    assert not source.in_store
    assert [piece.vector for piece in await world.pieces()] == [None, None]
    assert world.embedder.texts == []


async def test_a_refresh_stops_in_time_and_goes_on_at_once(world: World) -> None:
    world.shelves.texts = {f"{n}.md": f"Text {n}." for n in range(4)}
    load = world.shelves._item

    def slow(name: str) -> Any:
        item = load(name)

        async def wait() -> Any:
            world.clock.pass_(100)
            return await item.load()

        return type(item)(item.id, item.name, item.mark, wait)

    world.shelves._item = slow  # type: ignore[method-assign]
    source = await world.run()
    assert source.due_at == world.clock.now()
    assert len(await world.texts()) == 3
    source = await world.run()
    assert len(await world.texts()) == 4
    assert world.shelves.loaded == ["0.md", "1.md", "2.md", "3.md"]


async def test_a_dropped_source_goes_with_its_pieces(world: World) -> None:
    await world.run()
    source = await world.stored()
    source.drop()
    await world.store.put(source)
    assert await world.refresh().run("hotel", "guide") is None
    assert await world.pieces() == []
    with pytest.raises(Drop, match="source_is_gone"):
        await world.refresh().run("hotel", "guide")
