"""The command `make knowledge`, as an operator types it, on a local run's state."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.models.source import Source, SourcePiece
from shared.models.tenant import Tenant
from shared.platform.store.sqlite import SqliteStore
from tests.unit.knowledge.reading import files
from tests.unit.scripts import command

FORMATS = "save it as PDF, DOCX, XLSX, CSV, HTML, Markdown or plain text"
GUIDE = "# Guide\n\n## Bar\n\nThe bar opens at five.\n\n## Pool\n\nThe pool opens at eight.\n"


def run(folder: Path, *arguments: str, **variables: str) -> tuple[int, list[str]]:
    """Runs the command. Returns its code and the lines of its output."""
    settings = {"TENANT": "inn", "CONCIERGE_EMBEDDINGS": "off", **variables}
    code, told = command.run("knowledge", folder, *arguments, **settings)
    return code, told.splitlines()


@pytest.fixture
async def store(tmp_path: Path) -> SqliteStore:
    found = SqliteStore(tmp_path / "store.db")
    await found.put(Tenant(tenant="inn", name="The inn", languages=["en"]))
    return found


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "House papers"
    folder.mkdir()
    (folder / "guide.md").write_text(GUIDE, "utf-8")
    return folder


async def pieces(store: SqliteStore) -> list[str]:
    found = await store.query(SourcePiece, limit=100, tenant="inn")
    return sorted(f"{piece.origin}: {piece.text}" for piece in found)


async def test_a_folder_s_good_files_are_indexed_and_the_bad_ones_named(
    store: SqliteStore, place: Path, tmp_path: Path
) -> None:
    (place / "scan.pdf").write_bytes(files.pdf("", ""))
    (place / "secret.pdf").write_bytes(files.encrypted_pdf("x"))
    (place / "empty.txt").write_bytes(b"")
    (place / "photo.jpg").write_bytes(b"\xff\xd8")
    with (place / "huge.csv").open("wb") as huge:
        huge.truncate(300 * 1024 * 1024)  # a sparse file
    code, lines = run(tmp_path, "--path", str(place))
    assert code == 1
    assert lines[0] == "inn, house-papers: 1 indexed, 0 unchanged, 5 refused; 2 pieces"
    assert sorted(lines[1:]) == [
        "  empty.txt is empty: fill it, or remove it.",
        "  huge.csv has 300 MB, more than the 25 MB that are read: split it.",
        f"  photo.jpg is of a format that is not read (.jpg): {FORMATS}.",
        "  scan.pdf has no text, it seems to be scanned: run text recognition (OCR) on it.",
        "  secret.pdf is encrypted: save it without a password.",
    ]
    assert await pieces(store) == [
        "guide › Bar: The bar opens at five.",
        "guide › Pool: The pool opens at eight.",
    ]


async def test_again_it_takes_over_changes_and_keeps_what_it_cannot_read(
    store: SqliteStore, place: Path, tmp_path: Path
) -> None:
    assert run(tmp_path, "--path", str(place))[0] == 0
    assert run(tmp_path, "--path", str(place))[1] == [
        "inn, house-papers: 0 indexed, 1 unchanged, 0 refused; 2 pieces"
    ]
    (place / "rooms.csv").write_text("Room,Price\nOne,10\n", "utf-8")
    with (place / "guide.md").open("ab") as huge:
        huge.truncate(300 * 1024 * 1024)
    code, lines = run(tmp_path, "--path", str(place))
    assert code == 1
    assert lines[0] == "inn, house-papers: 1 indexed, 1 unchanged, 1 refused; 3 pieces"
    assert any("bar opens at five" in each for each in await pieces(store))
    (place / "guide.md").write_text(GUIDE.replace("five", "six"), "utf-8")
    (place / "rooms.csv").unlink()
    assert run(tmp_path, "--path", str(place))[0] == 0
    assert await pieces(store) == [
        "guide › Bar: The bar opens at six.",
        "guide › Pool: The pool opens at eight.",
    ]


async def test_a_dry_run_writes_nothing(store: SqliteStore, place: Path, tmp_path: Path) -> None:
    code, lines = run(tmp_path, "--path", str(place / "guide.md"), DRY="1")
    assert (code, lines) == (0, ["inn, guide: would be: 1 indexed, 0 unchanged, 0 refused; 2 pieces"])
    assert await store.query(Source, limit=10, tenant="inn") == []
    assert not (tmp_path / "media").exists() or not list((tmp_path / "media").rglob("*.md"))


async def test_sources_are_listed_and_dropped(store: SqliteStore, place: Path, tmp_path: Path) -> None:
    assert run(tmp_path)[1] == ["inn has no sources (expected PATH=… or URL=… to add one)"]
    run(tmp_path, "--path", str(place / "guide.md"), TITLE="The inn's guide")
    assert "All is read: 1 of its items, 2 pieces." in run(tmp_path)[1][0]
    assert (await pieces(store))[0].startswith("The inn's guide › ")
    assert run(tmp_path, DROP="guide") == (0, ["inn, guide: dropped"])
    assert await pieces(store) == []
    assert not [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        ((), {"TENANT": ""}, "TENANT is missing"),
        ((), {"TENANT": "nobody"}, "there is no such tenant"),
        (("--path", "no/such/file.md"), {}, "'file.md' does not exist (expected a file or a folder)"),
        ((), {"URL": "http://example.org"}, "(expected https://…)"),
        (("--path", "a"), {"URL": "https://example.org"}, "are given together"),
        ((), {"DRY": "yes"}, "DRY=yes: expected 1, or nothing"),
        ((), {"DROP": "nothing"}, "source is gone"),
    ],
)
async def test_a_mistake_is_one_line(
    store: SqliteStore, tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], said: str
) -> None:
    code, lines = run(tmp_path, *arguments, **variables)
    assert code == 1
    assert len(lines) == 1
    assert said in lines[0]


async def test_a_page_inside_is_not_read(store: SqliteStore, tmp_path: Path) -> None:
    code, lines = run(tmp_path, URL="https://localhost/admin")
    assert code == 1
    assert "localhost may not be read" in lines[1]
    assert await pieces(store) == []


def test_a_declared_source_is_left_to_the_tenant_s_file(tmp_path: Path, place: Path) -> None:
    import asyncio

    store = SqliteStore(tmp_path / "store.db")
    asyncio.run(store.put(Tenant(tenant="inn", name="The inn", languages=["en"])))
    asyncio.run(store.put(Source(tenant="inn", source="guide", kind="file", declared=True)))
    assert run(tmp_path, "--path", str(place / "guide.md"))[1] == [
        "'guide' stands in the tenant's file (expected another name)"
    ]
