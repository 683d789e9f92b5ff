"""sheet: a table in a file, CSV or XLSX. Setting `file`, its name below `tenants/{tenant}/records/` in the
object store, or `drive`, its id in Google Drive, with the secret `service_account`; `base_url` is for tests.

The first row names the fields. A sheet of XLSX is a table by its title, a CSV file is one table of any name.
 A column `id` names the records; without one, a record's place in the file does.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence

from shared.errors import ConfigurationError
from shared.formats.files import Unreadable
from shared.formats.nearest import unknown
from shared.formats.tables import separated, sheets
from shared.models.setting import Setting
from shared.platform.blobs import NoSuchBlob
from shared.records import (
    BYTES,
    ROWS,
    Broken,
    Connection,
    Edit,
    File,
    Question,
    Row,
    Terms,
    is_asked,
)
from shared.records._drive import SHARED, Drive, place
from shared.records._values import moment, number

TERMS = Terms(
    {"file": Setting(str), "drive": Setting(str), "base_url": Setting(str)},
    optional=("service_account",),
    one_of=("file", "drive"),
)
#: Name of the one table of a CSV file.
_ANY = ""
_ARCHIVE = b"PK\x03\x04"
#: Google's own spreadsheets are exported as XLSX.
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NATIVE = "application/vnd.google-apps.spreadsheet"

Table = tuple[list[str], list[dict[str, str]]]


class Sheet:
    """The tables of the file as they were read last are kept by the digest of its bytes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._drive = Drive(connection)
        self._read: tuple[str, Mapping[str, Table]] = ("", {})

    async def find(self, question: Question) -> Sequence[Row]:
        if not question.where or not all(each and all(each) for each in question.where.values()):
            raise Broken(f"The table {question.of!r}: an empty value would give all records.")
        names, records = await self._table(question.of)
        order = question.order.removeprefix("-")
        for name in [*question.fields, *question.where, *filter(None, [order])]:
            if name not in names and name != "id":
                raise Broken(f"The table {question.of!r}: {unknown('field', name, names)}.")
        rows = [row for row in map(_row, records) if is_asked(row, question.where)]
        if order:
            rows.sort(key=lambda row: str(row.get(order, "")), reverse=question.order.startswith("-"))
        return rows[: question.most + 1]

    async def change(self, edit: Edit) -> Row:
        raise Broken(f"The table {edit.of!r} is a file, which is not changed from here.")

    async def fields(self, of: str) -> Collection[str]:
        return {"id", *(await self._table(of))[0]}

    async def read(self, file: File) -> AsyncIterator[bytes]:
        raise Broken(f"{file.name}: a table in a file has no files of its own.")
        yield b""

    async def _table(self, name: str) -> Table:
        data = await self._bytes()
        digest = hashlib.sha256(data).hexdigest()
        if digest != self._read[0]:
            try:
                self._read = digest, await asyncio.to_thread(_tables, data)
            except Unreadable as error:
                raise Broken(f"The file {error}.") from None
        tables = self._read[1]
        if name not in tables and _ANY not in tables:
            raise Broken(f"The file: {unknown('sheet', name, list(tables))}.")
        return tables.get(name) or tables[_ANY]

    async def _bytes(self) -> bytes:
        settings = self._connection.entry.settings
        if "drive" in settings:
            data = await self._exported(str(settings["drive"]))
        elif "file" in settings:
            name = f"tenants/{self._connection.tenant}/records/{settings['file']}"
            try:
                data = await self._connection.blobs.get(name)
            except NoSuchBlob:
                raise Broken(f"There is no file {settings['file']!r}: store it as {name}.") from None
        else:
            raise ConfigurationError(
                f"{self._connection.tenant}: records.{self._connection.name}.settings: expected file or drive"
            )
        if len(data) > BYTES:
            raise Broken(f"The file has more than {BYTES // (1024 * 1024)} MB: split it.")
        return data

    async def _exported(self, id: str) -> bytes:
        told = await self._drive.json(place(id), {"fields": "mimeType", **SHARED})
        if told.get("mimeType") == _NATIVE:
            return (await self._drive.got(f"{place(id)}/export", {"mimeType": _XLSX})).body
        return (await self._drive.got(place(id), {"alt": "media", **SHARED})).body


def create(connection: Connection) -> Sheet:
    return Sheet(connection)


def _tables(data: bytes) -> Mapping[str, Table]:
    """Returns the tables of a file by name. Raises Unreadable."""
    if data.startswith(_ARCHIVE):
        return {title: _named(rows) for title, rows in sheets(data, ROWS + 2)}
    return {_ANY: _named(separated(data, ROWS + 2))}


def _named(rows: list[list[str]]) -> Table:
    """Returns the names of a table, and its records by them. Raises Unreadable."""
    filled = [row for row in rows if any(row)]
    if not filled:
        return [], []
    names, *records = filled
    if len(records) > ROWS:
        raise Unreadable(f"has more than {ROWS} rows: split it, or keep it in a database")
    known = [name for name in names if name]
    if len(set(known)) < len(known):
        raise Unreadable("has two columns of the same name in its first row: give each its own")
    return known, [
        {"id": str(place), **{name: cell for name, cell in zip(names, row, strict=False) if name}}
        for place, row in enumerate(records, 2)
    ]


def _row(record: Mapping[str, str]) -> Row:
    return {name: _value(cell) if name != "id" else cell for name, cell in record.items()}


def _value(cell: str) -> object:
    """Returns a number, a date or a text; `0417` is a code, as numbers do not begin with a zero."""
    found = moment(cell) if re.match(r"-?0\d", cell) else number(cell)
    return moment(cell) if found == cell else found
