"""`make contacts TENANT=… FILE=… [DRY=1] [PROJECT=… ENV=…]`: imports people from a CSV file.

The first row names the columns: id (in the organisation's own system), phone, name, language, timezone,
country, consent_service, consent_promotion, and attributes of the tenant by name or label. Without an id, the
phone number is the key. An empty cell takes back what the file said before. The good rows are written, and
the bad ones listed with row, column and what was expected; then the status is 1. The same command completes
an import that was cut off. DRY=1 writes nothing. Of the local run or of a deployment (scripts/deployment.py).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from scripts import deployment, encoding
from shared.contacts.importing import Import, Report
from shared.errors import ConfigurationError, Retry
from shared.platform.logs import clean_text
from shared.wiring.contacts import ContactsParts, wire
from shared.wiring.process import parts


def main() -> None:
    arguments = _arguments()
    try:
        if not arguments.tenant or not arguments.file:
            raise ConfigurationError("TENANT or FILE is missing (expected make contacts TENANT=… FILE=…)")
        if arguments.dry not in ("", "0", "1"):
            raise ConfigurationError(f"DRY={arguments.dry[:20]}: expected 1, or nothing")
        deployment.choose()
        with deployment.access():
            report = asyncio.run(_run(arguments, parts(wire)))
    except Retry as error:
        sys.exit(f"{error}: cut off (the same command completes it)")
    except ConfigurationError as error:
        sys.exit(str(error))
    for line in lines(arguments.tenant, Path(arguments.file).name, report, dry=arguments.dry == "1"):
        print(clean_text(line, 1_000))
    sys.exit(1 if report.problems_found else 0)


async def _run(arguments: argparse.Namespace, wired: ContactsParts) -> Report:
    tenant = await wired.directory.tenant(arguments.tenant)
    if tenant is None:
        raise ConfigurationError(f"TENANT is {arguments.tenant!r}: there is no such tenant")
    path = Path(arguments.file)
    writing = replace(wired.writing, dry=arguments.dry == "1")
    with encoding.opened(path) as stream, closing(Ids()) as ids:
        try:
            return await Import(writing, tenant, path.name, ids.first).run(stream)
        except ConfigurationError as error:
            raise ConfigurationError(f"FILE={path}: {error}") from None


class Ids:
    """The ids of a file's rows, in a temporary file: a million of them would take 100 MB of memory."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)
        self._rows.execute("PRAGMA synchronous = OFF")
        self._rows.execute("CREATE TABLE ids (id TEXT PRIMARY KEY, row INTEGER) WITHOUT ROWID")
        self._rows.execute("BEGIN")

    def first(self, record: str, row: int) -> int | None:
        """Returns the first row with this id, or None if this is the first."""
        added = self._rows.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (record, row))
        if added.rowcount:
            return None
        found: int = self._rows.execute("SELECT row FROM ids WHERE id = ?", (record,)).fetchone()[0]
        return found

    def close(self) -> None:
        self._rows.close()


def lines(tenant: str, name: str, report: Report, *, dry: bool) -> Iterator[str]:
    """Yields the report: the counts, then a line for each problem."""
    counts = ", ".join(f"{report.results[each]} {each}" for each in ("created", "updated", "unchanged"))
    said = "would be: " if dry else ""
    yield f"{tenant}, {name}: {report.rows} rows: {said}{counts}, {report.bad_rows} with problems"
    for row, column, message in report.problems:
        yield f"  row {row}{', ' + column if column else ''}: {message}"
    if (more := report.problems_found - len(report.problems)) > 0:
        yield f"  … and {more} more problems"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make contacts", description="Imports people from a CSV file.")
    for name, told in (("tenant", "its name"), ("file", "the CSV file"), ("dry", "1 writes nothing")):
        default = os.environ.get(name.upper(), "")
        parser.add_argument(f"--{name}", default=default, help=f"{told} ({name.upper()}=…)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
