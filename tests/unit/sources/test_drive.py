"""A folder of Google Drive: listed once, then only if the log of changes names one of its files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from starlette.responses import Response

from scripts.local.vendors.drive.server import APPS, FOLDER, Drive, error
from shared.errors import ConfigurationError
from shared.sources import Broken, Fetcher, Known, Oversized
from tests.fakes.served import served
from tests.unit.sources.connecting import LIMIT, fetcher, known, service_account, texts


@dataclass
class Served:
    drive: Drive
    origin: str

    def folder(self, id: str = "root", key: str = "") -> Fetcher:
        return fetcher("drive", {"folder": id, "base_url": self.origin}, key or service_account())


@pytest.fixture
async def vendor() -> AsyncIterator[Served]:
    drive = Drive()
    drive.put("root", "Knowledge", b"", FOLDER, folder="elsewhere")
    drive.put("a", "a.md", b"# A", "text/markdown")
    drive.put("b", "Plan", b"# B", f"{APPS}document")
    async with served(drive.app) as origin:
        yield Served(drive, origin)


async def test_files_are_listed_with_those_of_folders_below(vendor: Served) -> None:
    vendor.drive.put("sub", "Sub", b"", FOLDER)
    vendor.drive.put("c", "c.txt", b"C", "text/plain", folder="sub")
    vendor.drive.put("loop", "Sub again", b"", FOLDER, folder="sub")
    vendor.drive.files["root"]["parents"] = ["loop"]
    vendor.drive.put("x", "x.png", b"", "image/png")
    vendor.drive.put("y", "A form", b"", f"{APPS}form")
    vendor.drive.put("z", "z.md", b"Z", "text/markdown", folder="another")
    vendor.drive.put("t", "t.md", b"T", "text/markdown")
    vendor.drive.trash("t")
    found = await texts(await vendor.folder().look(Known({})))
    assert found == {"a.md": "# A", "Plan.md": "# B", "c.txt": "C"}


async def test_nothing_is_listed_again_without_a_change(vendor: Served) -> None:
    first = await vendor.folder().look(Known({}))
    vendor.drive.put("z", "z.md", b"Z", "text/markdown", folder="another")  # not ours
    vendor.drive.asked.clear()
    again = await vendor.folder().look(known(first))
    assert again.items is None
    assert [each.partition("?")[0] for each in vendor.drive.asked] == ["/drive/v3/changes"]
    later = await vendor.folder().look(Known(known(first).marks, again.cursor))
    assert later.items is None


@pytest.mark.parametrize("change", ["written", "new", "trashed", "removed", "renamed"])
async def test_each_change_is_seen(vendor: Served, change: str) -> None:
    first = await vendor.folder().look(Known({}))
    for number in range(5):  # of others, so that the log has several pages
        vendor.drive.put(f"o{number}", "o.md", b"", "text/markdown", folder="another")
    match change:
        case "written":
            vendor.drive.put("a", "a.md", b"# New", "text/markdown")
        case "new":
            vendor.drive.put("n", "n.md", b"# N", "text/markdown")
        case "trashed":
            vendor.drive.trash("a")
        case "removed":
            vendor.drive.remove("a")
        case _:
            vendor.drive.put("b", "Other plan", b"# B", f"{APPS}document", at=5)
    again = await vendor.folder().look(known(first))
    assert again.items is not None
    assert {item.id: item.mark for item in again.items} != known(first).marks
    assert (await vendor.folder().look(known(again))).items is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (error(403, "userRateLimitExceeded"), "is busy: it is tried again"),
        (error(403, "rateLimitExceeded"), "is busy: it is tried again"),
        (error(429, "rateLimitExceeded"), "is busy: it is tried again"),
        (error(500, "backendError"), "is busy: it is tried again"),
        (error(401, "authError"), "store a new key"),
        (error(404, "notFound"), "gone, or not shared with us"),
        (Response("<html>"), "not understood"),
    ],
)
async def test_a_failing_listing_is_told(vendor: Served, answer: Response, said: str) -> None:
    for before in (0, 1, 2):
        vendor.drive.faults.clear()
        vendor.drive.faults.extend([lambda _: None] * before)
        vendor.drive.faults.append(lambda _: answer)
        with pytest.raises(Broken, match=said):
            await vendor.folder().look(Known({}))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("exportSizeLimitExceeded", "too large for Google to export"),
        ("cannotDownloadFile", "may not be downloaded, by its owner's wish"),
    ],
)
async def test_a_file_that_cannot_be_had_is_told_alone(vendor: Served, reason: str, said: str) -> None:
    items = {item.id: item for item in (await vendor.folder().look(Known({}))).items or ()}
    vendor.drive.faults.append(lambda _: error(403, reason))
    with pytest.raises(Broken, match=said):
        await items["b"].load()
    assert (await items["a"].load()).data == b"# A"


async def test_a_large_file_is_refused_by_its_size(vendor: Served) -> None:
    vendor.drive.put("a", "a.md", b"x" * (LIMIT + 1), "text/markdown")
    item = next(item for item in (await vendor.folder().look(Known({}))).items or () if item.id == "a")
    vendor.drive.asked.clear()
    with pytest.raises(Oversized):
        await item.load()
    assert vendor.drive.asked == []


async def test_a_search_that_is_incomplete_drops_no_file(vendor: Served) -> None:
    part = {"files": [], "incompleteSearch": True}
    vendor.drive.faults.extend([lambda _: None, lambda _: None])
    from starlette.responses import JSONResponse

    vendor.drive.faults.append(lambda _: JSONResponse(part))
    with pytest.raises(Broken, match="did not search everything"):
        await vendor.folder().look(Known({}))


async def test_a_folder_in_the_bin_is_told(vendor: Served) -> None:
    vendor.drive.trash("root")
    with pytest.raises(Broken, match="bin: restore it"):
        await vendor.folder().look(Known({}))


@pytest.mark.parametrize("key", ["{}", "no json", '{"client_email": "a", "private_key": "b"}'])
async def test_a_key_that_is_none_is_named(vendor: Served, key: str) -> None:
    with pytest.raises(ConfigurationError, match="service_account"):
        await vendor.folder(key=key).look(Known({}))
