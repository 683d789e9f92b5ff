"""A tenant's file declares sources: they keep their state, are due after a change, and go with their line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scripts import tenant_file
from scripts.local import seed
from shared.errors import ConfigurationError
from shared.models.source import Source
from shared.tenants.validation import validate
from shared.upkeep.sources.adding import Adding
from tests.fakes.clinic import VALID
from tests.unit.upkeep.sources.library import World

PAGE: dict[str, Any] = {"kind": "page", "settings": {"url": "https://clinic.example"}}
FILE: dict[str, Any] = {"kind": "file", "title": "Guide", "settings": {"path": "guide.md"}}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def declare(world: World, data: bytes = b"One.", **sources: Any) -> dict[str, Source]:
    """Writes the clinic with these sources, as `make tenant` does. Returns its stored sources."""
    documents = validate(VALID | {"sources": sources})
    for each in documents.sources:
        files = {"guide.md": data} if each.kind == "file" else None
        await Adding(world.store, world.blobs).add(each, files)
    tenant = documents.tenant.tenant
    await Adding(world.store, world.blobs).drop_others(tenant, {each.source for each in documents.sources})
    return {each.source: each for each in await world.store.query(Source, limit=10, tenant=tenant)}


async def settled(world: World, source: Source) -> None:
    """Marks a source as read."""
    source.due_at, source.cursor, source.why = world.clock.now(), "7", "All is read."
    await world.store.put(source)


async def test_a_source_keeps_its_state_unless_it_changes(world: World) -> None:
    found = await declare(world, page=PAGE, guide=FILE)
    assert all(each.due_at.year == 1970 and each.declared for each in found.values())
    for each in found.values():
        await settled(world, each)
    again = await declare(world, page=PAGE, guide=FILE)
    assert {each.cursor for each in again.values()} == {"7"}
    changed = await declare(world, b"Two.", page=PAGE | {"title": "Site"}, guide=FILE)
    assert {each.cursor for each in changed.values()} == {""}
    assert all(each.due_at.year == 1970 for each in changed.values())


async def test_replaced_files_are_deleted(world: World, tmp_path: Path) -> None:
    await declare(world, guide=FILE)
    found = await declare(world, b"Two.", guide=FILE)
    stored = [path.read_bytes() for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert stored == [b"Two."]
    assert await world.blobs.get(found["guide"].files[0].blob) == b"Two."


async def test_what_is_no_longer_declared_is_dropped_and_commands_sources_stay(world: World) -> None:
    await declare(world, page=PAGE, guide=FILE)
    tenant = str(VALID["id"])
    await world.store.put(Source(tenant=tenant, source="added", kind="page"))
    found = await declare(world, page=PAGE)
    assert {name: each.dropped for name, each in found.items()} == {
        "page": False,
        "guide": True,
        "added": False,
    }
    back = await declare(world, page=PAGE, guide=FILE)
    assert not back["guide"].dropped


async def test_the_demo_tenants_sources_are_seeded_with_their_files(world: World) -> None:
    files = seed.load("http://localhost:1")
    await seed.write(world.store, files, None, world.blobs)
    found = await world.store.get(Source, tenant="hotel", source="house-guide")
    assert found is not None
    assert [each.name for each in found.files] == ["house-guide.md"]


@pytest.mark.parametrize(
    ("name", "size", "said"),
    [
        ("gone.md", None, "sources.guide.settings.path: 'gone.md' does not exist"),
        ("guide.md", 0, "sources.guide.settings.path: guide.md is empty"),
        ("guide.md", 300 * 1024 * 1024, "guide.md has 300 MB, more than the 25 MB that are read: split it"),
        ("guide.exe", 10, "guide.exe is of a format that is not read"),
    ],
)
def test_a_file_that_cannot_be_declared_is_one_line(
    tmp_path: Path, name: str, size: int | None, said: str
) -> None:
    import yaml

    if size is not None:
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    path = tmp_path / "clinic.yaml"
    sources = {"guide": FILE | {"settings": {"path": name}}}
    path.write_text(yaml.safe_dump(VALID | {"sources": sources}, sort_keys=False), "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        tenant_file.load(path)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
