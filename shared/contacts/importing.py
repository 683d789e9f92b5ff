"""Import of a table of people: the good rows are written, the bad ones reported by row and column.

Rows are written a few at a time, and nothing is kept of them but counts and the first problems. A row that
was imported before is read and not written, so the same command completes an import that was cut off.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TextIO

from shared.contacts.columns import Columns, Names
from shared.contacts.problems import Problem, Refused
from shared.contacts.record import Reader, Said, checked_id, default_region
from shared.contacts.stating import Evidence
from shared.contacts.table import Row, Table
from shared.contacts.writing import Writing
from shared.models.tenant import Tenant

#: Rows that are written at the same time, and most problems that are kept.
_AT_ONCE, PROBLEMS = 20, 1_000
#: Returns the number of the row that had this id first, or None if it is new.
Seen = Callable[[str, int], int | None]


class BadCell(NamedTuple):
    """A problem of a row (its first line in the file) in a column, "" for the whole row."""

    row: int
    column: str
    message: str


@dataclass
class Report:
    """Rows by what became of them, the first problems, and the numbers of rows and problems in all."""

    rows: int = 0
    bad_rows: int = 0
    problems_found: int = 0
    problems: list[BadCell] = field(default_factory=list)
    results: Counter[str] = field(default_factory=Counter)

    def add(self, problems: Iterable[BadCell]) -> None:
        """Counts a bad row, and keeps its problems if there is room."""
        self.bad_rows += 1
        for problem in problems:
            self.problems_found += 1
            if len(self.problems) < PROBLEMS:
                self.problems.append(problem)


class Import:
    """One import of a file, called `name` in the evidence of consents."""

    def __init__(self, writing: Writing, tenant: Tenant, name: str, seen: Seen) -> None:
        self._writing, self._tenant, self._name, self._seen = writing, tenant, name, seen
        self._region = default_region(tenant)

    async def run(self, stream: TextIO) -> Report:
        """Imports the table in the stream (as `Table` takes it).

        Raises ConfigurationError if it is no table of people, before a row is written; Retry if the store
        does not answer.
        """
        names, report = Names(self._tenant), Report()
        table = Table(stream, names.known)
        columns, problems = names.columns(table.titles)
        for problem in problems:
            report.problems.append(BadCell(table.number, problem.field, problem.message))
        report.problems_found = len(problems)
        rows = table.rows()
        while group := list(islice(rows, _AT_ONCE)):
            report.rows += len(group)
            good = [each for row in group if (each := self._read(row, columns, report)) is not None]
            await asyncio.gather(*(self._write(*each, columns, report) for each in good))
        report.problems.sort(key=lambda each: each.row)
        return report

    def _read(self, row: Row, columns: Columns, report: Report) -> tuple[int, str, Said] | None:
        """Returns the row's number, record and content, or None if it has problems, which are reported."""
        try:
            if row.problem:
                raise Refused([Problem("", row.problem)])
            record, said = self._record(columns, row.cells)
            if (first := self._seen(record, row.number)) is not None:
                place = "id" if "id" in columns.fields else "phone"
                raise Refused([Problem(place, f"is in row {first} already (expected one row for each)")])
        except Refused as refused:
            _refuse(row.number, refused.problems, columns, report)
            return None
        return row.number, record, said

    def _record(self, columns: Columns, cells: list[str]) -> tuple[str, Said]:
        """Returns the record's id, which is the phone number if there is none, and its content."""
        reader, plain = Reader(self._tenant), columns.cells(cells)
        written_id = " ".join(plain.pop("id", "").split())
        said = Said(
            reader.texts(plain, self._region),
            reader.attributes(columns.cells(cells, "attributes")),
            reader.consent(columns.cells(cells, "consent")),
        )
        reader.check()
        if not written_id and not said.texts.get("phone"):
            raise Refused([Problem("phone", "is empty (expected a number, such as +221770000001)")])
        return checked_id(written_id) if written_id else f"phone:{said.texts['phone']}", said

    async def _write(self, row: int, record: str, said: Said, columns: Columns, report: Report) -> None:
        evidence = Evidence("file", f"{self._name}, row {row}")
        try:
            outcome = await self._writing.write(self._tenant, record, said, version=None, evidence=evidence)
        except Refused as refused:
            _refuse(row, refused.problems, columns, report)
            return
        report.results[outcome.result] += 1
        if outcome.notes:
            notes = [note.partition(": ") for note in outcome.notes]
            _refuse(row, [Problem(name, message) for name, _, message in notes], columns, report)


def _refuse(row: int, problems: Iterable[Problem], columns: Columns, report: Report) -> None:
    report.add(BadCell(row, columns.title(name), message) for name, message in problems)
