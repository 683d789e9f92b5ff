"""Sources of records for tests: connections to servers of a test, and a source that answers as it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.models.service import RecordsEntry
from shared.platform.blobs import Blobs
from shared.platform.http_httpx import HttpxHttp
from shared.platform.store import Store
from shared.records import Broken, Connection, Edit, File, Question, Records, Row
from shared.tenants import plugins
from tests.fakes.asked import NOW

SECRET = "not-a-real-token"


def connected(
    entry: dict[str, Any], store: Store, blobs: Blobs, secret: str = SECRET, now: datetime = NOW
) -> Records:
    """Returns the source of an entry, over sockets if its kind has an address."""

    async def read(_: str) -> str:
        return secret

    checked = RecordsEntry.model_validate(entry)
    connection = Connection("parish", "office", checked, read, HttpxHttp(), store, blobs, lambda: now)
    return plugins.record_source(checked.kind, connection)


@dataclass
class Scripted:
    """A source that answers every question with the same rows, or fails; `asked` are the questions."""

    rows: Sequence[Row] = ()
    broken: Broken | None = None
    asked: list[Question | Edit] = field(default_factory=list)

    async def find(self, question: Question) -> Sequence[Row]:
        self.asked.append(question)
        return self._answer()

    async def change(self, edit: Edit) -> Row:
        self.asked.append(edit)
        return self._answer()[0]

    async def fields(self, of: str) -> Collection[str] | None:
        return {name for row in self.rows for name in row}

    async def read(self, file: File) -> AsyncIterator[bytes]:
        yield file.place.encode()

    def _answer(self) -> Sequence[Row]:
        if self.broken:
            raise self.broken
        return self.rows


class Sources:
    """A directory with one source of records under every name."""

    def __init__(self, source: Records) -> None:
        self.source = source

    def records(self, tenant: object, name: str, blobs: Blobs) -> Records:
        return self.source
