"""The port to records: rows about persons that an organisation keeps elsewhere, asked when a person asks.

One file per kind in this folder, registered by its name; it defines `create(connection) -> Records` and
`TERMS`. A file translates a question into the vendor's format and the answer into rows, and makes no other
decision: its caller decides about which person a question is (answers/services).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from shared.errors import ConfigurationError
from shared.models.service import RecordsEntry
from shared.models.setting import Setting
from shared.models.verification import Linked
from shared.platform.blobs import Blobs
from shared.platform.http import Http
from shared.platform.store import Store

#: Most bytes of an answer, and most rows that are read to find those of a question.
BYTES, ROWS = 4 * 1024 * 1024, 2_000


class Broken(Exception):
    """A source that cannot be asked now. The text is a sentence for the operator: the reason and the remedy.

    `sure` is False if a change may have been made all the same.
    """

    def __init__(self, why: str, *, sure: bool = True) -> None:
        super().__init__(why)
        self.sure = sure


@dataclass(frozen=True)
class Terms:
    """The needs and abilities of a kind.

    `secrets` are the roles of its secrets, `optional` those that it can do without; of the settings in
    `one_of` exactly one has to be there. `several` is whether one question may ask for any of several values,
    `writes` whether it changes records, and `calls` whether its tables are calls that the tenant describes.
    """

    settings: Mapping[str, Setting]
    secrets: Sequence[str] = ()
    optional: Sequence[str] = ()
    one_of: Sequence[str] = ()
    several: bool = True
    writes: bool = False
    calls: bool = False


@dataclass(frozen=True)
class File:
    """A file of a record: its name, its media type ("" if unknown), and its place in the source."""

    name: str
    media_type: str
    place: str
    size: int | None = None


#: One record: texts, numbers, booleans, dates, moments, None, lists of `Linked` for links and of `File` for
#: files, by the names of the source's fields. `id` is always there: the record's own.
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """Asks for the rows of a table (`of`) in which each field of `where` has one of its values.

    No field has no values, and no value is "". `fields` are the ones to read, `most` the most rows; `order`
    is a field, `-field` for the last first, "" for the source's own order.
    """

    of: str
    where: Mapping[str, Sequence[str]]
    fields: Sequence[str]
    most: int
    order: str = ""


@dataclass(frozen=True)
class Edit:
    """Sets fields of the one row of a table that `where` finds. `key` is the same for a repeat of it."""

    of: str
    where: Mapping[str, Sequence[str]]
    sets: Mapping[str, str | int | bool]
    key: str


def is_asked(row: Row, where: Mapping[str, Sequence[str]]) -> bool:
    """Whether each field of `where` has one of its values in the row: a link by its id, else by the text.

    A row that lacks one of the fields is not asked for.
    """
    return all(not _ids(row.get(field)).isdisjoint(values) for field, values in where.items())


def _ids(value: Any) -> set[str]:
    match value:
        case None | "" | File():
            return set()
        case list():
            return {each.id for each in value if isinstance(each, Linked)}
        case bool():
            return {"true" if value else "false"}
        case date():
            return {value.isoformat()}
    return {str(value)}


class Records(Protocol):
    async def find(self, question: Question) -> Sequence[Row]:
        """Returns the rows, at most one more than the question's `most`. Raises Broken."""
        ...

    async def change(self, edit: Edit) -> Row:
        """Changes a row, and returns it as it is now. Raises Broken; a repeat changes nothing more."""
        ...

    async def fields(self, of: str) -> Collection[str] | None:
        """Returns the names of a table's fields, or None if the source tells none. Raises Broken."""
        ...

    def read(self, file: File) -> AsyncIterator[bytes]:
        """Yields a file's bytes in pieces. Raises Broken."""
        ...


@dataclass(frozen=True)
class Connection:
    """A source of records: its settings, its secrets by the file's own names, and the ports that it may use.

    A secret is read with `await connection.secret("token")`, which raises ConfigurationError if it has no
    name.
    """

    tenant: str
    name: str
    entry: RecordsEntry
    secret: Callable[[str], Awaitable[str]]
    http: Http
    store: Store
    blobs: Blobs
    now: Callable[[], datetime]

    def setting(self, name: str, default: str = "") -> str:
        """Returns a setting as text. Raises ConfigurationError if it is missing and has no default."""
        value = self.entry.settings.get(name, default)
        if value == "":
            raise ConfigurationError(f"{self.tenant}: records.{self.name}.settings.{name} is missing")
        return str(value)
