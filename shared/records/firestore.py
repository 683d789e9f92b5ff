"""firestore: records that the organisation keeps with us, documents below `tenants/{tenant}/records/{table}`.

A table is asked by the first field of a question, in one query for values and one for each link; the other
fields are compared here, so that no table needs an index of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Any

from shared.models.document import is_indexed, is_name
from shared.models.record import Record
from shared.models.verification import Linked
from shared.platform.store import Transaction, Where
from shared.records import ROWS, Broken, Connection, Edit, File, Question, Row, Terms, is_asked
from shared.records._values import moment

TERMS = Terms({}, writes=True)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
#: Most values of one query, and most records of which a table's fields are told.
#: https://firebase.google.com/docs/firestore/query-data/queries#in_and_array-contains-any
_VALUES, _TOLD = 30, 20


class Firestore:
    def __init__(self, connection: Connection) -> None:
        self._store, self._tenant = connection.store, connection.tenant

    async def find(self, question: Question) -> Sequence[Row]:
        _check(question.of, question.where)
        found = [_row(each) for each in await self._asked(question.of, question.where)]
        rows = [row for row in found if is_asked(row, question.where)]
        if question.order:
            field = question.order.removeprefix("-")
            rows.sort(key=lambda row: str(row.get(field, "")), reverse=question.order.startswith("-"))
        return rows[: question.most + 1]

    async def change(self, edit: Edit) -> Row:
        """Changes the one record; to write the same values again changes nothing."""
        _check(edit.of, edit.where)
        rows = [each for each in await self._asked(edit.of, edit.where) if is_asked(_row(each), edit.where)]
        if len(rows) != 1:
            raise Broken(f"The table {edit.of!r} has no single record to change.")

        async def write(tx: Transaction) -> Row:
            row = await tx.get(Record, tenant=self._tenant, table=edit.of, row=rows[0].row)
            if row is None or not is_asked(_row(row), edit.where):
                raise Broken(f"The table {edit.of!r} no longer has the record.")
            row.fields |= edit.sets
            tx.put(row)
            return _row(row)

        return await self._store.transaction(write)

    async def fields(self, of: str) -> Collection[str] | None:
        """Returns the names that the first records have, or None if there is no record."""
        rows = await self._store.query(Record, limit=_TOLD, tenant=self._tenant, table=of)
        return {"id", *(name for row in rows for name in row.fields)} if rows else None

    async def read(self, file: File) -> AsyncIterator[bytes]:
        raise Broken(f"{file.name}: records of this kind have no files.")
        yield b""

    async def _asked(self, table: str, where: Mapping[str, Sequence[str]]) -> list[Record]:
        keys = {"tenant": self._tenant, "table": table}
        field, values = next(iter(where.items()))
        if field == "id":
            ids = [value for value in values if is_name(value)]
            got = await asyncio.gather(*(self._store.get(Record, **keys, row=each) for each in ids))
            return [each for each in got if each is not None]
        place = f"fields.{field}"
        queries = [[Where(place, "in", list(values))]]
        queries += [[Where(place, "array_contains", value)] for value in values]
        answers = await asyncio.gather(
            *(self._store.query(Record, where=each, limit=ROWS, **keys) for each in queries)
        )
        return list({row.row: row for rows in answers for row in rows}.values())


def create(connection: Connection) -> Firestore:
    return Firestore(connection)


def _check(table: str, where: Mapping[str, Sequence[str]]) -> None:
    """Raises Broken for a question without a condition, or with one that a query cannot have."""
    if not is_name(table):
        raise Broken(f"{table[:80]!r} cannot be the name of a table.")
    if not where or not all(values and all(values) for values in where.values()):
        raise Broken(f"The table {table!r}: an empty value would give all records.")
    for name, values in where.items():
        if not _NAME.fullmatch(name):
            raise Broken(f"{name!r} cannot be asked for: give the field a name of letters, digits and _.")
        if len(values) > _VALUES or not all(map(is_indexed, values)):
            raise Broken(f"The table {table!r}: too many or too long values of {name!r}.")


def _row(record: Record) -> Row:
    return {**{name: _read(value) for name, value in record.fields.items()}, "id": record.row}


def _read(value: Any) -> Any:
    match value:
        case list():
            return [Linked(id=each, text=each) for each in value]
        case str():
            return moment(value)
    return value
