"""The formats of the vendors: the questions to each, and the reading of its values and errors."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.local.vendors.baserow.server import TOKEN, Baserow
from scripts.local.vendors.drive.server import APPS, Drive
from shared.models.verification import Linked
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.store.sqlite import SqliteStore
from shared.records import Broken, Edit, File, Question, Records
from shared.records._pieces import PIECE
from tests.fakes.records import connected
from tests.fakes.served import served
from tests.unit.sources.connecting import service_account

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared" / "contracts" / "sources"
beside = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the wire contracts are not beside the project")


class Site:
    """A server that notes each request, and answers by `told`, a JSON body or a response."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.told: Any = {"rows": []}
        self.app = Starlette(routes=[Route("/{path:path}", self._serve, methods=["GET", "POST", "PUT"])])
        self.origin = ""

    async def _serve(self, request: Request) -> Response:
        body = await request.body()
        target = request.scope["raw_path"].decode() + (f"?{request.url.query}" if request.url.query else "")
        given = json.loads(body) if body else None
        self.asked.append((request.method, target, dict(request.headers), given))
        told = self.told(request) if callable(self.told) else self.told
        return told if isinstance(told, Response) else JSONResponse(told)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    found = Site()
    async with served(found.app) as origin:
        found.origin = origin
        yield found


def always(answer: Response) -> Callable[[Request], Response]:
    return lambda _: answer


def source(tmp_path: Path, entry: dict[str, Any], secret: str = TOKEN) -> Records:
    return connected(entry, SqliteStore(tmp_path / "s.db"), ObjectStoreBlobs(f"folder:{tmp_path}"), secret)


def api(site: Site, tmp_path: Path, **call: Any) -> Records:
    entry = {"kind": "http_api", "settings": {"base_url": f"{site.origin}/v1"}, "secrets": {"token": "t"}}
    return source(tmp_path, {**entry, "calls": {"one": {"rows": "rows", **call}}})


# --- an HTTP API


HOSTILE = ["a&b=c", "{other}", "a b", "é", "%2e%2e", "a?b", "a#b", "'; --", "{{7*7}}", "\u202eabc", "a\n"]
HOSTILE += ["😀" * 100, "x" * 5_000]


@pytest.mark.parametrize("value", HOSTILE)
async def test_a_value_stays_a_value_in_a_query_and_a_body(site: Site, tmp_path: Path, value: str) -> None:
    asked = Question("one", {"code": [value]}, [], 5)
    await api(site, tmp_path, path="/find", query={"q": "x{code}", "all": "no"}).find(asked)
    await api(site, tmp_path, method="POST", path="/find", body={"q": "{code}", "n": 1}).find(asked)
    (_, target, _, _), (_, _, _, body) = site.asked
    assert parse_qs(urlsplit(target).query) == {"q": [f"x{value}"], "all": ["no"]}
    assert body == {"q": value, "n": 1}


@pytest.mark.parametrize("value", [each for each in HOSTILE if "\n" not in each])
async def test_a_value_stays_one_part_of_a_path(site: Site, tmp_path: Path, value: str) -> None:
    await api(site, tmp_path, path="/a/{code}/b").find(Question("one", {"code": [value]}, [], 5))
    ((_, target, _, _),) = site.asked
    assert target.startswith("/v1/a/")
    assert target.endswith("/b")
    assert target.count("/") == 4
    assert "?" not in target


@pytest.mark.parametrize("value", ["..", ".", "a/b", "../x", "a\\b", "a\nb", ""])
async def test_a_value_that_would_change_the_path_is_refused(site: Site, tmp_path: Path, value: str) -> None:
    with pytest.raises(Broken):
        await api(site, tmp_path, path="/a/{code}/b").find(Question("one", {"code": [value]}, [], 5))
    assert site.asked == []


async def test_a_call_without_a_value_that_it_needs_is_refused(site: Site, tmp_path: Path) -> None:
    with pytest.raises(Broken, match="needs 'room'"):
        await api(site, tmp_path, path="/a/{room}").find(Question("one", {"code": ["a"]}, [], 5))
    with pytest.raises(Broken, match="no call 'two'"):
        await api(site, tmp_path, path="/a").find(Question("two", {"code": ["a"]}, [], 5))


async def test_fields_are_renamed_and_read(site: Site, tmp_path: Path) -> None:
    site.told = {
        "data": [
            {
                "no": "K-1",
                "guest": {"name": "Martin", "id": 7},
                "from": "2026-11-20",
                "at": "2026-11-20T10:00:00Z",
                "tags": ["a", "b"],
                "bill": {"url": "/files/7", "name": "bill.pdf"},
                "deep": {"nothing": 1},
                "paid": None,
            }
        ]
    }
    names = {"no": "code", "guest.name": "name", "deep.nothing": "one"}
    (row,) = await api(site, tmp_path, path="/a", query={"q": "{code}"}, rows="data", fields=names).find(
        Question("one", {"code": ["K-1"]}, ["code"], 5)
    )
    assert row == {
        "id": "0",
        "code": "K-1",
        "name": "Martin",
        "one": 1,
        "guest": [Linked(id="7", text="Martin")],
        "from": date(2026, 11, 20),
        "at": datetime(2026, 11, 20, 10, tzinfo=UTC),
        "tags": [Linked(id="a", text="a"), Linked(id="b", text="b")],
        "bill": [File("bill.pdf", "", "/files/7")],
        "deep": None,
        "paid": None,
    }


async def test_a_field_of_the_question_that_was_renamed_is_told(site: Site, tmp_path: Path) -> None:
    site.told = {"rows": [{"kode": "K-1"}]}
    with pytest.raises(Broken, match="without 'code': was it renamed"):
        await api(site, tmp_path, path="/a", query={"q": "{code}"}).find(
            Question("one", {"code": ["K-1"]}, [], 5)
        )


async def test_a_person_without_a_record_is_no_failure(site: Site, tmp_path: Path) -> None:
    site.told = lambda _: JSONResponse({}, 404)
    asked = Question("one", {"code": ["K-1"]}, [], 5)
    assert await api(site, tmp_path, path="/a/{code}").find(asked) == []
    with pytest.raises(Broken, match="does not have it"):
        await api(site, tmp_path, path="/a", query={"q": "{code}"}).find(asked)


async def test_pages_without_end_end(site: Site, tmp_path: Path) -> None:
    asked = Question("one", {"code": ["K-1"]}, [], 100)
    call: dict[str, Any] = {"path": "/a", "query": {"q": "{code}"}, "next": "next", "cursor": "from"}
    site.told = {"rows": [{"code": "K-1"}], "next": "same"}
    with pytest.raises(Broken, match="no end of its pages"):
        await api(site, tmp_path, **call).find(asked)
    site.asked.clear()
    site.told = lambda _: JSONResponse({"rows": [{"code": "K-1"}], "next": len(site.asked)})
    assert len(await api(site, tmp_path, **call).find(asked)) == len(site.asked) == 10


async def test_a_change_carries_its_key_and_typed_values(site: Site, tmp_path: Path) -> None:
    site.told = {"rows": {"code": "K-1", "until": "14:00"}}
    body = {"until": "{until}", "ok": "{ok}", "n": "{n}", "t": "at {n}"}
    call = {"method": "PUT", "path": "/a/{code}", "body": body}
    edit = Edit("one", {"code": ["K-1"]}, {"until": "14:00", "ok": True, "n": 3}, "waha.c-1/M1")
    row = await api(site, tmp_path, **call).change(edit)
    ((method, target, headers, sent),) = site.asked
    assert (method, target, headers["idempotency-key"]) == ("PUT", "/v1/a/K-1", "waha.c-1%2FM1")
    assert sent == {"until": "14:00", "ok": True, "n": 3, "t": "at 3"}
    assert row == {"id": "0", "code": "K-1", "until": "14:00"}


@pytest.mark.parametrize(("status", "sure"), [(409, False), (404, True), (422, True), (503, False)])
async def test_a_refused_change_tells_whether_it_was_made(
    site: Site, tmp_path: Path, status: int, sure: bool
) -> None:
    site.told = lambda _: JSONResponse({"detail": "no"}, status)
    with pytest.raises(Broken) as told:
        await api(site, tmp_path, method="POST", path="/a").change(Edit("one", {"code": ["a"]}, {}, "k"))
    assert told.value.sure is sure


async def test_the_token_goes_to_the_api_alone(site: Site, tmp_path: Path) -> None:
    records = api(site, tmp_path, path="/a")
    site.told = lambda _: Response(b"%PDF", media_type="application/pdf")
    file = File("a", "", f"{site.origin}/v1/f")
    assert b"".join([each async for each in records.read(file)]) == b"%PDF"
    assert site.asked[-1][2]["authorization"] == f"Bearer {TOKEN}"
    other = Site()
    async with served(other.app) as elsewhere:
        with pytest.raises(Broken, match="may not be called"):
            [each async for each in records.read(File("a", "", f"{elsewhere}/f", None))]
    assert other.asked == []


async def test_a_token_may_have_a_header_of_its_own(site: Site, tmp_path: Path) -> None:
    settings = {"base_url": site.origin, "header": "X-API-Key"}
    call = {"path": "/a", "query": {"q": "{code}"}, "rows": "rows"}
    entry = {"kind": "http_api", "settings": settings, "secrets": {"token": "t"}, "calls": {"one": call}}
    await source(tmp_path, entry).find(Question("one", {"code": ["a"]}, [], 5))
    assert site.asked[0][2]["x-api-key"] == TOKEN
    assert "authorization" not in site.asked[0][2]


async def test_a_large_file_comes_in_pieces(site: Site, tmp_path: Path) -> None:
    data = bytes(range(256)) * (PIECE * 5 // 2 // 256)

    def ranged(request: Request) -> Response:
        first, last = (int(each) for each in request.headers["range"].removeprefix("bytes=").split("-"))
        part = data[first : last + 1]
        told = f"bytes {first}-{first + len(part) - 1}/{len(data)}"
        return Response(part, 206, {"content-range": told, "etag": '"1"'})

    site.told = ranged
    records = api(site, tmp_path, path="/a")
    found = [each async for each in records.read(File("a", "", "file", None))]
    assert b"".join(found) == data
    assert max(map(len, found)) == PIECE
    wrong = Response(b"x" * PIECE, 206, {"content-range": "bytes 0-1/9"})
    changed: list[Callable[[Request], Response]] = [ranged, always(wrong)]
    site.told = lambda request: changed.pop(0)(request)
    with pytest.raises(Broken):
        [each async for each in records.read(File("a", "", "file", None))]


# --- Baserow


@pytest.fixture
async def baserow() -> AsyncIterator[tuple[Baserow, dict[str, Any]]]:
    vendor = Baserow()
    async with served(vendor.app) as origin:
        yield vendor, {"kind": "baserow", "settings": {"base_url": origin}, "secrets": {"token": "t"}}


Served = tuple[Baserow, dict[str, Any]]


async def test_rows_are_asked_for_by_a_strict_tree(baserow: Served, tmp_path: Path) -> None:
    vendor, entry = baserow
    vendor.fields[1] = ['A, "b"', {"name": "Link", "type": "link_row"}]
    vendor.rows[1] = [{"id": 1, 'A, "b"': "x", "Link": [{"id": 3, "value": "y"}]}]
    where = {'A, "b"': ["x", "z"], "Link": ["3"]}
    (row,) = await source(tmp_path, entry).find(Question("1", where, ['A, "b"'], 5))
    assert row == {"id": "1", 'A, "b"': "x", "Link": [Linked(id="3", text="y")]}
    query = parse_qs(urlsplit(vendor.asked[-1]).query)
    filters = [{"field": 'A, "b"', "type": "equal", "value": value} for value in ("x", "z")]
    link = [{"field": "Link", "type": "link_row_has", "value": "3"}]
    groups = [{"filter_type": "OR", "filters": each} for each in (filters, link)]
    assert json.loads(query["filters"][0]) == {"filter_type": "AND", "filters": [], "groups": groups}
    assert (query["size"], query["user_field_names"]) == (["6"], ["true"])
    assert "view_id" not in query


async def test_the_fields_of_a_table_are_asked_for_once(baserow: Served, tmp_path: Path) -> None:
    vendor, entry = baserow
    vendor.fields[1], vendor.rows[1] = ["Code"], [{"id": 1, "Code": "x"}]
    records = source(tmp_path, entry)
    for _ in range(3):
        await records.find(Question("1", {"Code": ["x"]}, ["Code"], 5))
    assert ["fields" in each for each in vendor.asked] == [True, False, False, False]


async def test_a_renamed_field_is_told_at_once_and_found_anew(baserow: Served, tmp_path: Path) -> None:
    vendor, entry = baserow
    vendor.fields[1], vendor.rows[1] = ["Code", "Note"], [{"id": 1, "Code": "x", "Note": "7"}]
    records = source(tmp_path, entry)
    asked = Question("1", {"Code": ["x"]}, ["Note"], 5)
    await records.find(asked)
    vendor.fields[1], vendor.rows[1] = ["Code", "Points"], [{"id": 1, "Code": "x", "Points": "7"}]
    with pytest.raises(Broken, match="no longer has the field 'Note': was it renamed"):
        await records.find(asked)
    with pytest.raises(Broken, match="unknown field 'Note'"):
        await records.find(asked)
    vendor.fields[1] = ["Key", "Points"]
    with pytest.raises(Broken, match="ERROR_FILTER_FIELD_NOT_FOUND"):
        await records.find(Question("1", {"Code": ["x"]}, ["Points"], 5))
    with pytest.raises(Broken, match="unknown field 'Code'"):
        await records.find(Question("1", {"Code": ["x"]}, ["Points"], 5))


async def test_an_id_that_is_no_number_would_give_all_rows_and_is_refused(
    baserow: Served, tmp_path: Path
) -> None:
    vendor, entry = baserow
    vendor.fields[1] = [{"name": "Link", "type": "link_row"}, {"name": "At", "type": "created_on"}]
    vendor.rows[1] = [{"id": 1, "Link": [], "At": None}]
    for where in ({"Link": ["x"]}, {"id": ["x"]}, {"id": ["1", ""]}, {"At": ["2026-11-20"]}, {"Link": ["٣"]}):
        with pytest.raises(Broken):
            await source(tmp_path, entry).find(Question("1", where, ["Link"], 5))
    assert not [each for each in vendor.asked if "/rows/" in each]


async def test_a_select_is_asked_for_by_its_option_and_written_by_its_text(
    baserow: Served, tmp_path: Path
) -> None:
    vendor, entry = baserow
    options = [{"id": 4, "value": "A", "color": "red"}, {"id": 5, "value": "B", "color": "blue"}]
    vendor.fields[1] = ["Code", {"name": "Group", "type": "single_select", "select_options": options}]
    vendor.rows[1] = [
        {"id": 1, "Code": "x", "Group": options[0]},
        {"id": 2, "Code": "y", "Group": options[1]},
    ]
    records = source(tmp_path, entry)
    (row,) = await records.find(Question("1", {"Group": ["A"]}, ["Group"], 5))
    assert row["Group"] == "A"
    assert await records.find(Question("1", {"Group": ["C"]}, ["Group"], 5)) == []
    assert (await records.change(Edit("1", {"Code": ["x"]}, {"Group": "B"}, "k")))["Group"] == "B"
    with pytest.raises(Broken, match="ERROR_REQUEST_BODY_VALIDATION"):
        await records.change(Edit("1", {"Code": ["x"]}, {"Group": "C"}, "k"))


async def test_a_change_needs_exactly_one_row(baserow: Served, tmp_path: Path) -> None:
    vendor, entry = baserow
    vendor.fields[1] = ["Code", "Note"]
    vendor.rows[1] = [{"id": id, "Code": "x", "Note": ""} for id in (1, 2)]
    for code in ("x", "z"):
        with pytest.raises(Broken, match="no single row"):
            await source(tmp_path, entry).change(Edit("1", {"Code": [code]}, {"Note": "7"}, "k"))
    assert [row["Note"] for row in vendor.rows[1]] == ["", ""]


async def test_many_rows_come_in_pages_of_our_own(baserow: Served, tmp_path: Path) -> None:
    vendor, entry = baserow
    vendor.fields[1], vendor.rows[1] = ["Code"], [{"id": n, "Code": "x"} for n in range(1, 501)]
    assert len(await source(tmp_path, entry).find(Question("1", {"Code": ["x"]}, ["Code"], 450))) == 451
    assert [parse_qs(urlsplit(each).query).get("page") for each in vendor.asked[1:]] == [["1"], ["2"], ["3"]]


@beside
async def test_each_value_of_baserows_own_sample_is_read(baserow: Served, tmp_path: Path) -> None:
    vendor, entry = baserow
    row = json.loads((SAMPLES / "baserow_row_all_field_types.json").read_text())
    types = {"date_eu": "date", "datetime_eu": "date", "count": "count", "file": "file", "boolean": "boolean"}
    types |= {"link_row": "link_row", "decimal_with_default": "number", "formula_decimal": "number"}
    names = [name for name in row if name not in ("id", "order")]
    vendor.fields[1] = [{"name": name, "type": types.get(name, "text")} for name in names]
    vendor.rows[1] = [row]
    (found,) = await source(tmp_path, entry).find(Question("1", {"id": [str(row["id"])]}, list(types), 5))
    assert found["date_eu"] == date(2020, 2, 1)
    assert found["datetime_eu"] == datetime(2020, 2, 1, 1, 23, tzinfo=UTC)
    assert (found["count"], found["boolean"], found["decimal_with_default"]) == (3, True, 1.8)
    assert found["link_row"][0] == Linked(id="1", text="linked_row_1")
    url = "http://localhost:8000/media/user_files/hashed_name.txt"
    assert found["file"] == [File("a.txt", "text/plain", url, 100)]
    everything = await source(tmp_path, entry).find(
        Question("1", {"id": [str(row["id"])]}, [each["name"] for each in vendor.described(1)], 5)
    )
    assert len(everything) == 1


@beside
async def test_each_error_of_baserows_own_sample_is_told(baserow: Served, tmp_path: Path) -> None:
    vendor, entry = baserow
    vendor.fields[1], vendor.rows[1] = ["Code"], [{"id": 1, "Code": "x"}]
    for name, sample in json.loads((SAMPLES / "baserow_errors.json").read_text()).items():
        told = JSONResponse(sample.get("body"), sample["status"])
        vendor.faults.append(always(told))
        with pytest.raises(Broken, match=rf"HTTP {sample['status']}"):
            await source(tmp_path, entry).find(Question("1", {"Code": ["x"]}, ["Code"], 5))
        assert name


# --- Google Drive


def drive(tmp_path: Path, origin: str) -> Records:
    entry = {"kind": "google_drive", "settings": {"base_url": origin}, "secrets": {"service_account": "s"}}
    return source(tmp_path, entry, service_account())


async def test_files_of_a_persons_folder_come_with_their_bytes(tmp_path: Path) -> None:
    vendor = Drive()
    vendor.page = 100
    vendor.put("a", "Certificate.pdf", b"%PDF-a", "application/pdf", folder="f-1")
    vendor.put("b", "Letter", b"%PDF-b", f"{APPS}document", folder="f-1")
    vendor.put("c", "Other.pdf", b"%PDF-c", "application/pdf", folder="f-2")
    async with served(vendor.app) as origin:
        records = drive(tmp_path, origin)
        rows = await records.find(Question("files", {"folder": ["f-1"]}, ["file"], 5))
        files = [row["file"][0] for row in rows]
        assert [(each.name, each.media_type) for each in files] == [
            ("Certificate.pdf", "application/pdf"),
            ("Letter.pdf", "application/pdf"),
        ]
        data = [b"".join([part async for part in records.read(each)]) for each in files]
        assert data == [b"%PDF-a", b"%PDF-b"]
        assert rows[0]["folder"] == [Linked(id="f-1")]
        (row,) = await records.find(Question("files", {"id": ["c"]}, ["file"], 5))
        assert row["name"] == "Other.pdf"
        with pytest.raises(Broken, match="'owner' finds no files"):
            await records.find(Question("files", {"owner": ["x"]}, [], 5))
        quoted = Question("files", {"folder": ["x' in parents or '1' = '1"]}, [], 5)
        await records.find(quoted)
        assert parse_qs(urlsplit(vendor.asked[-1]).query)["q"][0].count(r"\'") == 4


@beside
async def test_each_error_of_drives_own_sample_is_told(tmp_path: Path) -> None:
    vendor = Drive()
    vendor.put("a", "a.pdf", b"%PDF", "application/pdf", folder="f")
    async with served(vendor.app) as origin:
        records = drive(tmp_path, origin)
        for sample in json.loads((SAMPLES / "drive_errors.json").read_text()).values():
            if "status" in sample and "body" in sample:
                told = JSONResponse(sample["body"], sample["status"])
                vendor.faults.append(always(told))
                with pytest.raises(Broken, match="Google Drive"):
                    await records.find(Question("files", {"folder": ["f"]}, [], 5))
