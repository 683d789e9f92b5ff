"""baserow: tables of Baserow, by their numbers. Setting `base_url` for a server of one's own; secret `token`.

Rows are asked for with a tree of filters: a misspelt name in the simple form, or an empty value, gives all
rows without an error. A page is built from our own address, because the server's `next` may be plain HTTP.
https://baserow.io/api-docs
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from shared.formats.nearest import unknown
from shared.models.setting import Setting
from shared.platform.http import HttpAnswer
from shared.records import ROWS, Broken, Connection, Edit, File, Question, Row, Terms, is_asked
from shared.records._api import Api
from shared.records._baserow_fields import Field, Unfiltered, listed
from shared.records._pieces import pieces

TERMS = Terms({"base_url": Setting(str)}, ("token",), writes=True)
_HOSTED = "https://api.baserow.io"
#: The most rows of a page that Baserow allows.
_PAGE = 200
#: How long the fields of a table are taken as known.
_KNOWN = timedelta(hours=1)
#: Errors that tell that a field was renamed or changed.
_RENAMED = {"FIELD_NOT_FOUND", "UNSUPPORTED_FIELD", "FIELD_DOES_NOT_EXIST"}


class Baserow:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        base = connection.setting("base_url", _HOSTED)
        self._api = Api(connection.http, "Baserow", base, connection.entry.seconds)
        self._tables: dict[str, tuple[datetime, Mapping[str, Field]]] = {}

    async def find(self, question: Question) -> Sequence[Row]:
        fields = await self._fields(question.of)
        names = [name for name in dict.fromkeys([*question.fields, *question.where]) if name != "id"]
        _check(question.of, [*names, *filter(None, [question.order.removeprefix("-")])], fields)
        try:
            query = _filtered(question.where, fields)
        except Unfiltered as refused:
            raise Broken(f"Table {question.of}: {refused}.") from None
        if query is None:
            return []
        query |= {"include": listed(names)} if names else {}
        query |= {"order_by": listed([question.order])} if question.order else {}
        rows = await self._rows(question.of, query, question.most + 1)
        return [self._read(question.of, row, names, fields) for row in rows]

    async def change(self, edit: Edit) -> Row:
        """Changes the one row; to write the same values again changes nothing."""
        fields = await self._fields(edit.of)
        _check(edit.of, list(edit.sets), fields)
        rows = await self.find(Question(edit.of, edit.where, list(fields), 1))
        found = [row for row in rows if is_asked(row, edit.where)]
        if len(found) != 1 or len(rows) != 1:
            raise Broken(f"Table {edit.of} has no single row to change.")
        answer = await self._api.send(
            "PATCH",
            f"{_rows(edit.of)}{found[0]['id']}/",
            {"user_field_names": "true"},
            {name: fields[name].written(value) for name, value in edit.sets.items()},
            await self._headers(),
        )
        if answer.status != 200:
            raise self._problem(edit.of, answer, change=True)
        row = self._api.decoded(answer, sure=False)
        if not isinstance(row, dict):
            raise self._api.unexpected("row", sure=False)
        return self._read(edit.of, row, [name for name in fields if name in row], fields)

    async def fields(self, of: str) -> Collection[str]:
        self._tables.pop(of, None)
        return {"id", *await self._fields(of)}

    def read(self, file: File) -> AsyncIterator[bytes]:
        """Yields a file's bytes. Its address needs no token, and gets none."""
        return pieces(self._api, file.place, {})

    async def _rows(self, table: str, query: Mapping[str, str], most: int) -> list[Mapping[str, Any]]:
        """Returns at most `most` rows, of as many pages as they need."""
        found: list[Mapping[str, Any]] = []
        size = min(_PAGE, most)
        for page in range(1, ROWS // size + 2):
            asked = {"user_field_names": "true", "page": str(page), "size": str(size), **query}
            answer = await self._json(table, _rows(table), asked)
            if not isinstance(answer, dict) or not isinstance(rows := answer.get("results"), list):
                raise self._api.unexpected("`results`")
            if not all(isinstance(row, dict) and "id" in row for row in rows):
                raise self._api.unexpected("`id` of a row")
            found += rows
            if len(found) >= most or not rows or not answer.get("next"):
                break
        return found[:most]

    async def _fields(self, table: str) -> Mapping[str, Field]:
        """Returns the fields of a table by name, asked for once an hour."""
        if not table.isdecimal():
            raise Broken(f"{table!r} is not the number of a table.")
        now = self._connection.now()
        kept = self._tables.get(table)
        if kept is None or now - kept[0] >= _KNOWN:
            answer = await self._json(table, f"/api/database/fields/table/{table}/", {})
            if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
                raise self._api.unexpected("list of fields")
            kept = now, {str(each.get("name", "")): Field.read(each) for each in answer}
            self._tables[table] = kept
        return kept[1]

    def _read(
        self, table: str, row: Mapping[str, Any], names: Sequence[str], fields: Mapping[str, Field]
    ) -> Row:
        if missing := [name for name in names if name not in row]:
            self._tables.pop(table, None)
            raise Broken(f"Table {table} no longer has the field {missing[0]!r}: was it renamed?")
        return {"id": str(row["id"]), **{name: fields[name].read_value(row[name]) for name in names}}

    async def _json(self, table: str, path: str, query: Mapping[str, str]) -> Any:
        answer = await self._api.get(path, query, await self._headers())
        if answer.status != 200:
            raise self._problem(table, answer)
        return self._api.decoded(answer)

    def _problem(self, table: str, answer: HttpAnswer, *, change: bool = False) -> Broken:
        try:
            said = str(json.loads(answer.body)["error"])
        except (ValueError, KeyError, TypeError):
            said = ""
        if any(name in said for name in _RENAMED):
            self._tables.pop(table, None)
        return self._api.problem(answer, said, change=change)

    async def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {await self._connection.secret('token')}"}


def create(connection: Connection) -> Baserow:
    return Baserow(connection)


def _rows(table: str) -> str:
    return f"/api/database/rows/table/{table}/"


def _check(table: str, names: Sequence[str], fields: Mapping[str, Field]) -> None:
    for name in names:
        if name not in fields and name != "id":
            raise Broken(f"Table {table}: {unknown('field', name, list(fields))}.")


def _filtered(where: Mapping[str, Sequence[str]], fields: Mapping[str, Field]) -> dict[str, str] | None:
    """Returns the query that asks for these rows, or None if there can be none. Raises Unfiltered.

    Rows by their own ids can be asked for in the simple form alone, and beside it a tree is ignored: other
    fields are then left to the caller's check of each row.
    """
    if not where or not all(values and all(values) for values in where.values()):
        raise Unfiltered("an empty value would give all rows")
    if "id" in where:
        if not all(value.isdecimal() and value.isascii() for value in where["id"]):
            raise Unfiltered("the id of a row is not a number")
        return {"filter__field_id__in": ",".join(where["id"])}
    groups = [fields[name].filters(values) for name, values in where.items()]
    if not all(groups):
        return None
    tree = {
        "filter_type": "AND",
        "filters": [],
        "groups": [{"filter_type": "OR", "filters": filters} for filters in groups],
    }
    return {"filters": json.dumps(tree, ensure_ascii=False)}
