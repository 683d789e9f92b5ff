"""Import of tables of people: good rows are written, bad ones reported, and a repeat changes nothing."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from shared.contacts.importing import PROBLEMS, Import, Report
from shared.contacts.table import LINE
from shared.errors import ConfigurationError, Retry
from shared.models.external import External
from shared.models.people import Contact
from shared.platform import effects
from shared.platform.store.sqlite import SqliteStore
from tests.unit.contacts.people import MOUSSA, People
from tests.world import AWA

GOOD = f"id;phone;name;Arrivée;room\n1;{AWA};Awa;24/12/2026;12\n2;77 000 00 02;Moussa;2026-12-25;14\n"


class Seen:
    def __init__(self) -> None:
        self.rows: dict[str, int] = {}

    def first(self, record: str, row: int) -> int | None:
        found = self.rows.setdefault(record, row)
        return None if found == row else found


async def bring(hotel: People, text: str, *, dry: bool = False) -> Report:
    writing = replace(hotel.writing, dry=dry)
    stream = io.StringIO(text, newline="")
    return await Import(writing, hotel.tenant, "guests.csv", Seen().first).run(stream)


def told(report: Report) -> list[tuple[int, str, str]]:
    """Returns the problems with the beginning of their messages."""
    return [(row, column, message.partition(" (")[0]) for row, column, message in report.problems]


async def test_good_rows_are_written_with_their_evidence(hotel: People) -> None:
    report = await bring(hotel, GOOD + "3;+221770000003;Rose;;\n")
    assert (report.rows, report.results, report.problems) == (3, {"created": 3}, [])
    awa, moussa = await hotel.about("1"), await hotel.about("2")
    assert (awa.phone, awa.name, awa.attributes) == (AWA, "Awa", {"check_in": "2026-12-24", "room": "12"})
    assert (moussa.phone, moussa.attributes["check_in"]) == (MOUSSA, "2026-12-25")


async def test_consents_name_the_file_and_the_row(hotel: People) -> None:
    await bring(hotel, f"phone,consent_service,Consent Promotion\n\n{AWA},oui,NON\n")
    found = await hotel.about(f"phone:{AWA}")
    service, promotion = found.permissions["service"], found.permissions["promotion"]
    assert (service.given, service.source, service.evidence) == (True, "file", "guests.csv, row 3")
    assert not promotion.given


async def test_the_same_file_twice_writes_nothing(hotel: People) -> None:
    await bring(hotel, GOOD)
    account = effects.begin()
    report = await bring(hotel, GOOD)
    assert (report.results, report.problems) == ({"unchanged": 2}, [])
    assert (account.writes, account.reads) == ([], 2)


async def test_an_import_that_was_cut_off_is_completed_by_the_same_command(hotel: People) -> None:
    rows = "".join(f"{number};+2217700{number:05};Guest {number}\n" for number in range(100, 200))
    text = f"id;phone;name\n{rows}"

    class Failing(SqliteStore):
        left = 33

        async def transaction(self, work):  # type: ignore[no-untyped-def]
            Failing.left -= 1
            if Failing.left < 0:
                raise Retry("sqlite_busy")
            return await super().transaction(work)

    whole = hotel.writing
    hotel.writing = replace(whole, store=Failing(hotel.world.store._path))
    with pytest.raises(Retry):
        await bring(hotel, text)
    hotel.writing = whole
    report = await bring(hotel, text)
    assert report.results == {"unchanged": 33, "created": 67}
    assert len(await hotel.world.store.query(Contact, limit=200, tenant="parish")) == 100


async def test_a_dry_run_writes_nothing_and_reports_the_same(hotel: People) -> None:
    text = GOOD + "4;abc;Rose;31/02/2026;1\n"
    account = effects.begin()
    dry = await bring(hotel, text, dry=True)
    assert account.writes == []
    assert await hotel.world.store.query(External, limit=5, tenant="parish") == []
    assert await bring(hotel, text) == dry


async def test_each_bad_cell_is_reported_and_the_other_rows_are_written(hotel: People) -> None:
    text = (
        "id,phone,language,timezone,country,Arrivée,nights,dinner_at,transfer_at,VIP,board,consent_service\n"
        '1,abc,de,Mars/Base,XX,12/24/2026,"1,234",25:00,demain,peut-être,Breakfast,si si\n'
        f'2,{MOUSSA},FR,Africa/Dakar,sn,24.12.2026,"1 234,5",18h30,24/12/2026 18h30,oui,aucune,yes\n'
    )
    report = await bring(hotel, text)
    titles = text.partition("\n")[0].split(",")
    assert {(row, column) for row, column, _ in told(report)} == {(2, title) for title in titles[1:]}
    assert (report.rows, report.bad_rows, report.results) == (2, 1, {"created": 1})
    found = await hotel.about("2")
    assert (found.language, found.country) == ("fr", "SN")
    assert found.attributes == {
        "check_in": "2026-12-24",
        "nights": 1234.5,
        "dinner_at": "18:30",
        "transfer_at": "2026-12-24T18:30:00+00:00",
        "vip": True,
        "board": "Aucune",
    }
    assert "abc" not in str(report.problems)


BAD_ROWS = {
    "too many cells": (f"9;{MOUSSA};Rose" + ";x" * 12, "has 15 cells"),
    "too few cells": (f"9;{MOUSSA}", "has 2 cells"),
    "a quote that is not closed": (f'9;{MOUSSA};"Rose;1;2', "has broken quotes"),
    "text after a quote": (f'9;{MOUSSA};"Rose" x;1;2', "has broken quotes"),
    "bytes of another encoding": (
        f"9;{MOUSSA};Ros\ufffd;24/12/2026;2",
        "has bytes that are no text in the file's encoding",
    ),
    "an endless line": (f"9;{MOUSSA};{'x' * LINE * 2};;", f"is longer than {LINE} characters"),
}


@pytest.mark.parametrize("bad", BAD_ROWS)
async def test_a_broken_row_does_not_touch_the_rows_around_it(hotel: People, bad: str) -> None:
    row, problem = BAD_ROWS[bad]
    text = GOOD.replace("2;77", f"{row}\n2;77") + f'3;+221770000003;"Rose ""R"" Sène";;"1{chr(10)}2"\n'
    report = await bring(hotel, text)
    assert told(report) == [(3, "", problem)]
    assert (report.rows, report.results) == (4, {"created": 3})
    assert (await hotel.about("3")).attributes == {"room": "1\n2"}
    assert (await hotel.about("3")).name == 'Rose "R" Sène'


async def test_the_second_row_with_an_id_is_refused(hotel: People) -> None:
    report = await bring(hotel, GOOD + "1;+221770000003;Rose;;\n")
    assert told(report) == [(4, "id", "is in row 2 already")]
    assert (await hotel.about("1")).name == "Awa"
    report = await bring(hotel, f"phone;name\n{AWA};Awa\n00221 77 000 00 01;Rose\n")
    assert told(report) == [(3, "phone", "is in row 2 already")]


async def test_a_row_without_key_or_with_a_bad_one_is_refused(hotel: People) -> None:
    report = await bring(hotel, f"id;phone;name\n;;Rose\na/b;{AWA};Awa\n7;;New\n{'x' * 300};{AWA};Awa\n")
    assert [(row, column) for row, column, _ in report.problems] == [
        (2, "phone"),
        (3, "id"),
        (4, "phone"),
        (5, "id"),
    ]


async def test_unknown_columns_are_reported_and_left_out(hotel: People) -> None:
    more = "".join(f";extra {number}" for number in range(10))
    text = f"id;phone;nom{more}\n1;{AWA};Awa{';x' * 10}\n"
    report = await bring(hotel, text)
    assert [(row, column) for row, column, _ in report.problems] == [
        (1, "nom"),
        *((1, f"extra {number}") for number in range(10)),
    ]
    assert (report.results, (await hotel.about("1")).name) == ({"created": 1}, "")


NO_TABLES = {
    "": "is empty",
    "\n \n": "is empty",
    "Hello, this is a letter.\nIt has two lines.\n": "is not a table of people",
    "\x00\x01\x02;id;phone\n": "is not a table of people",
    "name;room\nAwa;12\n": "has neither a column id nor a column phone",
    "id;phone;room;Chambre\n1;+221770000001;1;2\n": "columns 3 and 4 are the same: attributes.room",
    "id;phone;phone\n1;+221770000001;+221770000002\n": "columns 2 and 3 are the same: phone",
}


@pytest.mark.parametrize("text", NO_TABLES)
async def test_a_file_that_is_no_table_of_people_is_refused_before_a_write(hotel: People, text: str) -> None:
    account = effects.begin()
    with pytest.raises(ConfigurationError, match=NO_TABLES[text]):
        await bring(hotel, text)
    assert account.writes == []


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_separators_and_line_ends_are_recognised(hotel: People, separator: str, end: str) -> None:
    lines = [
        ["ID", "Phone", "Name", "allergies"],
        ["1", AWA, "Diop, Awa; \t|", "nuts"],
        ["2", MOUSSA, "M", ""],
    ]
    text = end.join(separator.join(f'"{cell}"' for cell in cells) for cells in lines) + end
    report = await bring(hotel, text)
    assert (report.results, report.problems) == ({"created": 2}, [])
    assert (await hotel.about("1")).attributes == {"allergies": ["nuts"]}


async def test_excel_s_line_with_the_separator_is_no_header(hotel: People) -> None:
    assert (await bring(hotel, f"sep=;\r\nid;phone;;\r\n1;{AWA};;\r\n")).results == {"created": 1}


async def test_an_empty_cell_takes_back_what_the_file_said(hotel: People) -> None:
    await bring(hotel, GOOD)
    await bring(hotel, "id;room;name\n1;;Awa D.\n")
    found = await hotel.about("1")
    assert (found.name, found.phone, found.attributes) == ("Awa D.", AWA, {"check_in": "2026-12-24"})


async def test_no_more_than_a_thousand_problems_are_kept(hotel: People) -> None:
    report = await bring(hotel, "id;phone\n" + "".join(f"{number};abc\n" for number in range(PROBLEMS + 50)))
    assert (len(report.problems), report.problems_found, report.bad_rows) == (1_000, 1_050, 1_050)


class Stream(io.TextIOBase):
    """Rows that are made while they are read."""

    def __init__(self, rows: int) -> None:
        self._rows = self._made(rows)

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        return next(self._rows, "")

    def _made(self, rows: int) -> Iterator[str]:
        yield "id;phone;name\n"
        for number in range(rows):
            yield f"{number};{'abc' if number % 2 else ''};Guest {number}\n"


async def test_memory_does_not_grow_with_the_rows(hotel: People, tmp_path: Path) -> None:
    async def peak(rows: int) -> int:
        tracemalloc.start()
        importing = Import(hotel.writing, hotel.tenant, "guests.csv", lambda *_: None)
        report = await importing.run(Stream(rows))  # type: ignore[arg-type]
        assert report.bad_rows == rows
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    small, large = await peak(2_000), await peak(8_000)
    assert large < small * 1.2
