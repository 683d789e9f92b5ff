"""The kinds of records over servers of ours, each with the same table: twelve families' children.

Each bench has the same rows, told in its vendor's own format: `code` is a text, `family` a link to a family,
`points` a number, `day` a date. Of family 3 there are five children.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from openpyxl.workbook.workbook import Workbook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.local.vendors.baserow.server import TOKEN, Baserow
from scripts.local.vendors.drive.server import FOLDER, Drive
from shared.models.record import Record
from shared.models.verification import Linked
from shared.platform.blobs import Blobs
from shared.platform.store import Store
from shared.records import Question, Records
from tests.fakes.records import connected
from tests.unit.sources.connecting import service_account

Fault = Callable[[Request], Response | None]
SECONDS = 2
NAMES = ("code", "family", "points", "day")
#: The children: id, code, family, points and day.
CHILDREN = [
    (str(n), f"C-{n:04}", str(n % 12 if n < 60 else 3), n / 2, f"2026-11-{n % 28 + 1:02}")
    for n in range(1, 61)
]
WANTED = {child[0] for child in CHILDREN if child[2] == "3"}


@dataclass
class Bench:
    """A kind of records: `entry` is that of a tenant, `of` the table, `change_of` the one for changes.

    `fault` answers the next calls in place of the vendor; `asked` counts the calls for rows.
    """

    entry: dict[str, Any]
    app: Any = None
    secret: str = TOKEN
    of: str = "501"
    change_of: str = "501"
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    #: The name under which the vendor's own record of a child keeps the points, for a change.
    current: Callable[[], dict[str, Any]] = dict

    def at(self, origin: str) -> Bench:
        self.entry["settings"] = {**self.entry.get("settings", {}), "base_url": origin}
        return self

    async def answer(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        told = self.faults[0](request) if self.faults else None
        await (told or self.app)(scope, receive, send)

    def source(self, store: Store, blobs: Blobs, secret: str | None = None) -> Records:
        return connected(self.entry, store, blobs, secret or self.secret)


def question(bench: Bench, most: int = 20, order: str = "", **where: str) -> Question:
    asked = {name: [value] for name, value in (where or {"family": "3"}).items()}
    return Question(bench.of, asked, list(NAMES), most, order)


def baserow() -> Bench:
    vendor = Baserow()
    vendor.fields[501] = [
        "code",
        {"name": "family", "type": "link_row"},
        {"name": "points", "type": "number"},
        {"name": "day", "type": "date"},
    ]
    vendor.rows[501] = [
        {
            "id": int(id),
            "order": "1.00000000000000000000",
            "code": code,
            "family": [{"id": int(family), "value": f"Family {family}", "order": "1.0"}],
            "points": str(points),
            "day": day,
        }
        for id, code, family, points, day in CHILDREN
    ]
    return Bench(
        {"kind": "baserow", "secrets": {"token": "t"}, "seconds": SECONDS},
        vendor.app,
        asked=vendor.asked,
        current=lambda: vendor.rows[501][0],
    )


def http_api() -> Bench:
    """An API with pages of three, whose cursor is the next child's place."""
    rows = [
        {
            "id": id,
            "code": code,
            "family": {"id": family, "name": f"Family {family}"},
            "points": points,
            "day": day,
        }
        for id, code, family, points, day in CHILDREN
    ]
    asked, keys = list[str](), dict[str, Any]()

    async def find(request: Request) -> Response:
        asked.append(str(request.url))
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"detail": "no"}, 401)
        query = request.query_params
        found = [row for row in rows if query["value"] in (row["code"], row["family"]["id"])]  # type: ignore[index]
        place = int(query.get("from", 0))
        following = place + 3 if place + 3 < len(found) else None
        return JSONResponse({"data": {"items": found[place : place + 3]}, "next": following})

    async def change(request: Request) -> Response:
        body, key = json.loads(await request.body()), request.headers["idempotency-key"]
        if key not in keys:
            row = next(each for each in rows if each["code"] == request.path_params["code"])
            row["points"] = body["points"]
            keys[key] = dict(row)
        return JSONResponse(keys[key])

    app = Starlette(
        routes=[Route("/children", find), Route("/children/{code}/points", change, methods=["POST"])]
    )
    calls = {
        "children": {
            "path": "/children",
            "query": {"value": "{family}"},
            "rows": "data.items",
            "next": "next",
            "cursor": "from",
        },
        "by_code": {"path": "/children", "query": {"value": "{code}"}, "rows": "data.items"},
        "set": {"method": "POST", "path": "/children/{code}/points", "body": {"points": "{points}"}},
    }
    entry = {"kind": "http_api", "secrets": {"token": "t"}, "calls": calls, "seconds": SECONDS}
    return Bench(entry, app, of="children", change_of="set", asked=asked, current=lambda: rows[0])


async def firestore(store: Store) -> Bench:
    for id, code, family, points, day in CHILDREN:
        values = {"code": code, "family": [family], "points": points, "day": day}
        await store.put(Record(tenant="parish", table="501", row=id, fields=values))
        other = Record(tenant="hotel", table="501", row=f"x{id}", fields=values)
        await store.put(other)
    return Bench({"kind": "firestore"})


async def sheet(blobs: Blobs, form: str) -> Bench:
    rows: list[list[Any]] = [["id", *NAMES], *map(list, CHILDREN)]
    if form == "csv":
        written = io.StringIO()
        csv.writer(written, delimiter=";").writerows(rows)
        data = written.getvalue().encode()
    else:
        book = Workbook()
        book.active.title = "501"
        for row in rows:
            book.active.append(row)
        binary = io.BytesIO()
        book.save(binary)
        data = binary.getvalue()
    await blobs.put(f"tenants/parish/records/children.{form}", data, "")
    return Bench({"kind": "sheet", "settings": {"file": f"children.{form}"}})


def google_drive() -> Bench:
    vendor = Drive()
    vendor.page = 100
    vendor.put("root", "Certificates", b"", FOLDER, folder="elsewhere")
    for id, code, family, _, _ in CHILDREN:
        vendor.put(id, f"{code}.pdf", b"%PDF-" + code.encode(), "application/pdf", folder=family)
    entry = {"kind": "google_drive", "secrets": {"service_account": "s"}, "seconds": SECONDS}
    return Bench(entry, vendor.app, service_account(), of="files", asked=vendor.asked)


def link(id: str) -> Linked:
    return Linked(id=id, text=f"Family {id}")
