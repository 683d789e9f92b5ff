"""baserow: a table of Baserow, row by row. Settings `table`, and `view` for the rows and order of a view;
`base_url` for a server of one's own. Secret `token`.

https://baserow.io/api-docs; its pages are built from our own address, because the server's `next` may be
plain HTTP, and a token must not go there.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from shared.models.setting import Setting
from shared.sources import Broken, Connection, Content, Item, Known, Listing, Oversized, Terms
from shared.sources._answers import fetched, problem

TERMS = Terms(
    {"table": Setting(int, required=True), "view": Setting(int), "base_url": Setting(str)}, ("token",)
)
_HOSTED = "https://api.baserow.io"
#: The most rows of a page that Baserow allows, and the most pages that are read.
_ROWS, _PAGES = 200, 50
_PAGE_BYTES = 8 * 1024 * 1024


class Baserow:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._base = connection.setting("base_url", _HOSTED).rstrip("/")
        self._table = connection.setting("table")

    async def look(self, _: Known, /) -> Listing:
        """Returns the table as one item; its mark is a digest of all rows."""
        names, rows = await self._names(), await self._rows()
        data = _table(names, rows)

        async def load() -> Content:
            return Content(data, "text/csv")

        return Listing([Item(self._table, f"table {self._table}", hashlib.sha256(data).hexdigest(), load)])

    async def _names(self) -> list[str]:
        """Returns the names of the fields, in their order, without hidden kinds."""
        fields = await self._json(f"/api/database/fields/table/{self._table}/", {})
        if not isinstance(fields, list):
            raise _unexpected()
        return [str(each["name"]) for each in fields if isinstance(each, dict) and "name" in each]

    async def _rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        view = self._connection.source.settings.get("view")
        for page in range(1, _PAGES + 1):
            query = {"user_field_names": "true", "page": str(page), "size": str(_ROWS)}
            answer = await self._json(
                f"/api/database/rows/table/{self._table}/", query | ({"view_id": str(view)} if view else {})
            )
            if not isinstance(answer, dict) or not isinstance(rows := answer.get("results"), list):
                raise _unexpected()
            found += [row for row in rows if isinstance(row, dict)]
            if not rows or not answer.get("next"):
                return found
        raise Broken(f"Table {self._table} has more than {_ROWS * _PAGES} rows: read a view with fewer.")

    async def _json(self, path: str, query: Mapping[str, str]) -> Any:
        headers = {"Authorization": f"Token {await self._connection.secret('token')}"}
        url = f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            answer = await fetched(
                self._connection.http, url, own=self._base, limit=_PAGE_BYTES, headers=headers
            )
        except Oversized:
            raise Broken(f"Table {self._table} has too long rows: read a view with fewer fields.") from None
        if answer.status == 200:
            try:
                return json.loads(answer.body)
            except ValueError:
                raise _unexpected() from None
        if answer.status == 401:
            raise Broken("Baserow refuses the token: give it the right to read this table, or a new one.")
        raise problem(answer, "Baserow")


def create(connection: Connection) -> Baserow:
    return Baserow(connection)


def _unexpected() -> Broken:
    return Broken("Baserow's answer is not understood: it is tried again.")


def _table(names: list[str], rows: list[dict[str, Any]]) -> bytes:
    """Returns the rows as CSV, which has a reader."""
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(names)
    table.writerows([_shown(row.get(name)) for name in names] for row in rows)
    return written.getvalue().encode(errors="replace")


def _shown(value: Any) -> str:
    """Returns a field's value as people read it: the words of a select, link or file, without ids."""
    match value:
        case None:
            return ""
        case False:
            return "no"
        case True:
            return "yes"
        case list():
            return ", ".join(filter(None, map(_shown, value)))
        case dict():
            words = (value.get(name) for name in ("value", "visible_name", "name", "label", "url"))
            return _shown(next((each for each in words if each not in (None, "")), None))
    return " ".join(str(value).split())
