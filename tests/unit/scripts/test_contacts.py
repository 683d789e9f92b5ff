"""The command `make contacts`, as an operator types it, on a local run's state."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from scripts.contacts import Ids, lines
from shared.contacts.importing import BadCell, Report
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.platform.store.sqlite import SqliteStore
from tests.unit.contacts.people import ATTRIBUTES
from tests.unit.scripts import command

TABLE = "id;téléphone;phone;name;arrivée\n1;;+221770000001;Élodie;24/12/2026\n2;;77 000 00 02;Awa;demain\n"
SUMMARY = "parish, guests.csv: 2 rows:"


def run(folder: Path, **variables: str) -> tuple[int, list[str]]:
    """Runs the command. Returns its code and the lines of its output."""
    code, told = command.run("contacts", folder, **{"TENANT": "parish", **variables})
    return code, told.splitlines()


@pytest.fixture
async def store(tmp_path: Path) -> SqliteStore:
    found = SqliteStore(tmp_path / "store.db")
    settings = {"tenant": "parish", "name": "P", "languages": ["fr"], "timezone": "Africa/Dakar"}
    await found.put(Tenant.model_validate({**settings, "attributes": ATTRIBUTES}))
    return found


async def test_a_latin_1_file_is_imported_and_its_bad_rows_are_listed(
    store: SqliteStore, tmp_path: Path
) -> None:
    file = tmp_path / "guests.csv"
    file.write_bytes(TABLE.encode("latin-1"))
    code, told = run(tmp_path, FILE=str(file))
    assert (code, told[0]) == (1, f"{SUMMARY} 1 created, 0 updated, 0 unchanged, 1 with problems")
    assert told[1].startswith("  row 1, téléphone: is not a column that we know (expected one of ")
    assert told[2:] == ["  row 3, arrivée: expected a date, such as 2026-12-24 or 24/12/2026"]
    (found,) = await store.query(Contact, limit=5, tenant="parish")
    assert (found.name, found.attributes) == ("Élodie", {"check_in": "2026-12-24"})
    good = TABLE.replace("téléphone;", "").replace(";;", ";").replace("demain", "24/12/2026")
    file.write_bytes(good.encode("latin-1"))
    assert run(tmp_path, FILE=str(file))[0] == 0
    assert run(tmp_path, FILE=str(file)) == (
        0,
        [f"{SUMMARY} 0 created, 0 updated, 2 unchanged, 0 with problems"],
    )


async def test_a_dry_run_writes_nothing(store: SqliteStore, tmp_path: Path) -> None:
    file = tmp_path / "guests.csv"
    file.write_text(TABLE, "utf-16")
    code, told = run(tmp_path, FILE=str(file), DRY="1")
    expected = f"{SUMMARY} would be: 1 created, 0 updated, 0 unchanged, 1 with problems"
    assert (code, told[0]) == (1, expected)
    assert await store.query(Contact, limit=5, tenant="parish") == []


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "TENANT or FILE is missing"),
        ({"FILE": "nowhere.csv"}, "FILE=nowhere.csv: No such file or directory"),
        ({"FILE": "Makefile"}, "FILE=Makefile: is not a table of people"),
        ({"FILE": "Makefile", "DRY": "yes"}, "DRY=yes: expected 1, or nothing"),
        ({"FILE": "Makefile", "TENANT": "nobody"}, "TENANT is 'nobody': there is no such tenant"),
    ],
)
async def test_a_wrong_argument_is_one_line(
    store: SqliteStore, tmp_path: Path, variables: dict[str, str], told: str
) -> None:
    code, (line,) = run(tmp_path, **variables)
    assert code == 1
    assert line.startswith(told)


def test_the_first_row_with_an_id_is_known() -> None:
    ids = Ids()
    assert [ids.first(*each) for each in (("a", 2), ("b", 3), ("a", 4), ("a", 5))] == [None, None, 2, 2]


def test_the_problems_that_are_not_shown_are_counted() -> None:
    problems = [BadCell(2, "phone", "expected a number"), BadCell(3, "", "has broken quotes")]
    report = Report(5, 4, 7, problems, Counter(created=1))
    assert list(lines("parish", "guests.csv", report, dry=False)) == [
        "parish, guests.csv: 5 rows: 1 created, 0 updated, 0 unchanged, 4 with problems",
        "  row 2, phone: expected a number",
        "  row 3: has broken quotes",
        "  … and 5 more problems",
    ]
