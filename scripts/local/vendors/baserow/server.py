"""Baserow's rows and fields served over HTTP, with scripted faults.

As the real one does, it ignores what it does not know, and its `next` is plain HTTP to another host.
"""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.local.vendors.baserow.filters import Refused, filtered

TOKEN = "not-a-real-token"  # noqa: S105
_MOST = 200
Json = dict[str, Any]
Fault = Callable[[Request], Response | None]


class Baserow:
    """Tables by number, each with its fields and rows. The next of `faults` answers in place of it.

    A field is a name, of a text, or as the API tells it; `id` and `order` are every row's own. `asked` are
    the calls, of a change with its body.
    """

    def __init__(self, token: str = TOKEN) -> None:
        self.fields: dict[int, Sequence[str | Json]] = {}
        self.rows: dict[int, list[Json]] = {}
        self.faults: deque[Fault] = deque()
        self.asked: list[str] = []
        self._token = token
        place = "/api/database/{kind}/table/{table:int}/"
        routes = [
            Route(place, self._serve, methods=["GET"]),
            Route(f"{place}{{row:int}}/", self._change, methods=["PATCH"]),
        ]
        self.app = Starlette(routes=routes)

    async def _serve(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        table = request.path_params["table"]
        if request.path_params["kind"] == "fields":
            return JSONResponse(self.described(table))
        try:
            found = filtered(self.rows[table], self.described(table), request.query_params)
        except Refused as refused_filter:
            return error(400, str(refused_filter))
        return self._page(found, request)

    async def _change(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        given = json.loads(await request.body())
        table = request.path_params["table"]
        row = next((each for each in self.rows[table] if each["id"] == request.path_params["row"]), None)
        if row is None:
            return error(404, "ERROR_ROW_DOES_NOT_EXIST")
        kinds = {each["name"]: each for each in self.described(table)}
        try:
            row |= {name: _stored(value, kinds[name]) for name, value in given.items() if name in kinds}
        except ValueError:
            return error(400, "ERROR_REQUEST_BODY_VALIDATION")
        return JSONResponse(row)

    def described(self, table: int) -> list[Json]:
        """Returns the fields of a table as the API tells them."""
        fields = self.fields[table]
        told = [{"name": each, "type": "text"} if isinstance(each, str) else each for each in fields]
        return [
            {"id": table * 100 + number, "table_id": table, "order": number, "primary": number == 0, **each}
            for number, each in enumerate(told)
        ]

    def _refused(self, request: Request) -> Response | None:
        """Notes a call, and returns the answer of one that is not served, or None."""
        self.asked.append(f"{request.url.path}?{request.url.query}")
        if self.faults and (fault := self.faults.popleft()(request)) is not None:
            return fault
        if request.headers.get("authorization") != f"Token {self._token}":
            return error(401, "ERROR_TOKEN_DOES_NOT_EXIST")
        if request.path_params["table"] not in self.fields:
            return error(404, "ERROR_TABLE_DOES_NOT_EXIST")
        return None

    def _page(self, rows: list[Json], request: Request) -> Response:
        query = request.query_params
        page, size = int(query.get("page", 1)), int(query.get("size", 100))
        if size > _MOST:
            return error(400, "ERROR_PAGE_SIZE_LIMIT")
        found = rows[(page - 1) * size : page * size]
        if "include" in query:
            kept = {"id", "order", *next(csv.reader([query["include"]], escapechar="\\"))}
            found = [{name: value for name, value in row.items() if name in kept} for row in found]
        following = f"http://elsewhere.example/api/?page={page + 1}" if page * size < len(rows) else None
        return JSONResponse({"count": len(rows), "next": following, "previous": None, "results": found})


def error(status: int, name: str) -> JSONResponse:
    """Returns an error in Baserow's form."""
    return JSONResponse({"error": name, "detail": "An error."}, status)


def _stored(value: Any, field: Mapping[str, Any]) -> Any:
    """Returns a written value as it is read. Raises ValueError if the field does not take it."""
    match field["type"]:
        case "single_select":
            found = [each for each in field["select_options"] if value in (each["id"], each["value"])]
            if not found:
                raise ValueError(value)
            return found[0]
        case "link_row":
            return [{"id": int(each), "value": str(each)} for each in value]
        case "number":
            return str(float(value) if "." in str(value) else int(value))
        case "boolean" if not isinstance(value, bool):
            raise ValueError(value)
    return value
