"""Every kind of records: one question gets the same rows, and every failure is a sentence with a remedy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from scripts.local.vendors.broken import CutOff, Hang
from shared.platform.blobs.object_store import ObjectStoreBlobs
from shared.platform.store.sqlite import SqliteStore
from shared.records import Broken, Edit, Question, Records
from shared.tenants import plugins
from tests.contract.records import bench as benches
from tests.contract.records.bench import CHILDREN, NAMES, SECONDS, WANTED, Bench, question
from tests.fakes.served import served

KINDS = ["baserow", "http_api", "firestore", "sheet_csv", "sheet_xlsx"]
OVER_HTTP = ["baserow", "http_api", "google_drive"]


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "store.db")


@pytest.fixture
def blobs(tmp_path: Path) -> ObjectStoreBlobs:
    (tmp_path / "blobs").mkdir()
    return ObjectStoreBlobs(f"folder:{tmp_path / 'blobs'}")


@pytest.fixture
async def bench(
    request: pytest.FixtureRequest, store: SqliteStore, blobs: ObjectStoreBlobs
) -> AsyncIterator[Bench]:
    form = request.param.partition("_")[2]
    match request.param:
        case "firestore":
            yield await benches.firestore(store)
        case "sheet_csv" | "sheet_xlsx":
            yield await benches.sheet(blobs, form)
        case _:
            found: Bench = getattr(benches, request.param)()
            async with served(found.answer) as origin:
                yield found.at(origin)


@pytest.fixture
def source(bench: Bench, store: SqliteStore, blobs: ObjectStoreBlobs) -> Records:
    return bench.source(store, blobs)


def test_every_kind_is_in_the_suite() -> None:
    assert {each.partition("_")[0] for each in KINDS} | {"http_api", "google_drive"} >= plugins.names(
        "records"
    )


@pytest.mark.parametrize("bench", KINDS, indirect=True)
async def test_rows_of_the_question_come_with_their_values(bench: Bench, source: Records) -> None:
    rows = await source.find(question(bench, order="day"))
    assert {row["id"] for row in rows} == WANTED
    by_id = {child[0]: child for child in CHILDREN}
    for row in rows:
        _, code, _, points, day = by_id[row["id"]]
        assert (row["code"], row["points"], row["day"]) == (code, points, date.fromisoformat(day))
    assert [row["day"] for row in rows] == sorted(row["day"] for row in rows)


@pytest.mark.parametrize("bench", KINDS, indirect=True)
async def test_at_most_one_row_more_than_asked_for_comes(bench: Bench, source: Records) -> None:
    assert len(await source.find(question(bench, most=3))) == 4


@pytest.mark.parametrize("bench", KINDS, indirect=True)
async def test_a_question_for_nobody_finds_nothing(bench: Bench, source: Records) -> None:
    assert list(await source.find(question(bench, family="99"))) == []


@pytest.mark.parametrize("bench", [*KINDS, "google_drive"], indirect=True)
@pytest.mark.parametrize("where", [{}, {"family": []}, {"family": [""]}, {"folder": ["3", ""]}])
async def test_a_question_without_a_value_is_refused_before_a_call(
    bench: Bench, source: Records, where: dict[str, list[str]]
) -> None:
    if not where and bench.entry["kind"] == "http_api":
        where = {"family": []}
    with pytest.raises(Broken):
        await source.find(Question(bench.of, where, ["code"], 5))
    assert not [each for each in bench.asked if "rows" in each or "children" in each or "files" in each]


@pytest.mark.parametrize("bench", ["baserow", "firestore", "sheet_csv", "sheet_xlsx"], indirect=True)
async def test_one_of_several_values_is_enough(bench: Bench, source: Records) -> None:
    rows = await source.find(Question(bench.of, {"family": ["3", "4"]}, ["family"], 50))
    assert {row["id"] for row in rows} == {child[0] for child in CHILDREN if child[2] in ("3", "4")}
    rows = await source.find(Question(bench.of, {"id": ["1", "2"]}, ["code"], 50))
    assert {row["id"] for row in rows} == {"1", "2"}


@pytest.mark.parametrize("bench", ["baserow", "firestore", "sheet_csv", "sheet_xlsx"], indirect=True)
async def test_the_names_of_the_fields_are_told(bench: Bench, source: Records) -> None:
    assert set(await source.fields(bench.of) or ()) == {"id", *NAMES}


@pytest.mark.parametrize("bench", ["baserow", "sheet_csv", "sheet_xlsx"], indirect=True)
@pytest.mark.parametrize("place", ["fields", "where", "order"])
async def test_a_field_that_is_not_there_is_named_with_the_nearest(
    bench: Bench, source: Records, place: str
) -> None:
    asked = question(bench)
    wrong: dict[str, Any] = {"fields": ["pionts"], "where": {"pionts": ["3"]}, "order": "-pionts"}
    with pytest.raises(Broken, match=r"unknown field 'pionts' \(did you mean points\?\)"):
        await source.find(replace(asked, **{place: wrong[place]}))


@pytest.mark.parametrize("bench", ["baserow", "http_api", "firestore"], indirect=True)
async def test_a_change_is_made_once(bench: Bench, source: Records) -> None:
    edit = Edit(bench.change_of, {"code": ["C-0001"]}, {"points": 7}, "turn/1 é")
    for _ in range(2):
        row = await source.change(edit)
        assert (row["code"], row["points"]) == ("C-0001", 7)
    if bench.current():
        assert float(bench.current()["points"]) == 7


@pytest.mark.parametrize("bench", ["sheet_csv", "google_drive"], indirect=True)
async def test_what_cannot_be_changed_says_so(bench: Bench, source: Records) -> None:
    with pytest.raises(Broken, match="not changed from here"):
        await source.change(Edit(bench.of, {"code": ["C-0001"]}, {"points": 7}, "k"))


def plain(bench: Bench) -> Question:
    """Returns a question that the bench answers with rows."""
    if bench.of == "files":
        return Question("files", {"folder": ["3"]}, ["name"], 5)
    return question(bench)


def many(_: Request) -> Response:
    """Returns 100,000 rows in every vendor's form at once."""
    row = b'{"id": 1, "code": "C", "family": [], "points": 1, "day": "", "mimeType": "application/pdf"}'
    rows = b"[" + b",".join([row] * 100_000) + b"]"
    told = b'{"results": %s, "data": {"items": %s}, "files": %s}' % (rows, rows, rows)
    return Response(told, media_type="application/json")


FAILURES: dict[str, tuple[Callable[[Request], Response], str]] = {
    "page": (lambda _: HTMLResponse("<html>maintenance</html>"), r"with a page \(HTML\): look whether"),
    "text": (lambda _: Response("maintenance"), "something else than JSON"),
    "deep": (lambda _: Response("[" * 100_000), "something else than JSON"),
    "number": (lambda _: JSONResponse(7), "another form than expected"),
    "shape": (lambda _: JSONResponse({"error": "inside a 200"}), "another form than expected"),
    "rows": (
        lambda _: JSONResponse({"results": ["a"], "data": {"items": ["a"]}, "files": ["a"]}),
        "another form than expected",
    ),
    "many": (many, "more than 4 MB: ask for fewer rows or fields"),
    "401": (lambda _: JSONResponse({"error": "E"}, 401), "refuses the secret"),
    "403": (lambda _: JSONResponse({"error": "E"}, 403), "refuses the secret"),
    "404": (lambda _: JSONResponse({"error": "E"}, 404), "does not have it"),
    "429": (lambda _: JSONResponse({}, 429, {"retry-after": "30"}), r"asks us to wait for 30 s \(HTTP 429"),
    "500": (lambda _: HTMLResponse("<html>", 500), r"has a problem \(HTTP 500"),
    "301": (lambda _: Response(status_code=301, headers={"location": "http://10.0.0.1/"}), "HTTP 301"),
    "hang": (lambda _: Hang(), f"did not answer within {SECONDS} s"),
    "cut": (lambda _: CutOff(b'{"results": ['), f"did not answer within {SECONDS} s"),
    "gzip": (
        lambda _: Response(b"\x1f\x8b", headers={"content-encoding": "gzip"}),
        "compressed answer that we did not ask for",
    ),
}


@pytest.mark.parametrize("bench", OVER_HTTP, indirect=True)
@pytest.mark.parametrize("failure", FAILURES)
async def test_a_failure_is_a_sentence_and_no_rows(bench: Bench, source: Records, failure: str) -> None:
    answer, said = FAILURES[failure]
    asked = plain(bench)
    await source.find(asked)  # with the fields and a token at hand, the failure is that of the rows
    bench.faults.append(answer)
    with pytest.raises(Broken, match=said) as told:
        await source.find(asked)
    assert told.value.sure
    bench.faults.clear()
    assert await source.find(asked)


@pytest.mark.parametrize("bench", OVER_HTTP, indirect=True)
async def test_the_first_call_may_fail_too(bench: Bench, source: Records) -> None:
    bench.faults.append(lambda _: HTMLResponse("<html>", 500))
    with pytest.raises(Broken):
        await source.find(plain(bench))


@pytest.mark.parametrize("bench", ["baserow", "http_api"], indirect=True)
@pytest.mark.parametrize(
    ("failure", "sure"), [("401", True), ("429", True), ("500", False), ("page", False), ("cut", False)]
)
async def test_a_change_that_may_have_been_made_is_told_as_such(
    bench: Bench, source: Records, failure: str, sure: bool
) -> None:
    answer = FAILURES[failure][0]
    bench.faults.append(lambda request: answer(request) if request.method != "GET" else None)
    with pytest.raises(Broken) as told:
        await source.change(Edit(bench.change_of, {"code": ["C-0001"]}, {"points": 7}, "k"))
    assert told.value.sure is sure


@pytest.mark.parametrize("bench", OVER_HTTP, indirect=True)
async def test_a_server_that_is_down_is_told(
    bench: Bench, store: SqliteStore, blobs: ObjectStoreBlobs
) -> None:
    bench.at("http://127.0.0.1:9")
    with pytest.raises(Broken, match="did not answer"):
        await bench.source(store, blobs).find(plain(bench))
