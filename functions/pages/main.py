"""pages: private pages, for the holder of an expiring link that was sent to one person.

GET /<tenant>/<token>                the page; only this is counted as a view
GET /<tenant>/<token>/files/<n>      an attachment
GET /<tenant>/<token>/document.pdf   the page as PDF
GET /<tenant>/<token>/calendar.ics   its appointments

Any other path, and any link that does not work, is 404 with one and the same page, after one read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.models.page import Page
from shared.models.tenant import Tenant
from shared.pages import calendars, files, pdf, view, visits
from shared.platform.routes import Call, Route, Routes
from shared.wiring.pages import PagesParts, wire
from shared.wiring.process import parts

#: Answers a call about an open page; None if the page has no such thing.
Answer = Callable[[Call, Page, Tenant], Awaitable[Response | None]]
#: Digits of the number of a file.
_DIGITS = 3


def _parts() -> PagesParts:
    wired: PagesParts = parts(wire)
    return wired


async def _page(call: Call, page: Page, tenant: Tenant) -> Response:
    asked = call.request
    if visits.previews(asked.headers):
        return _html(view.preview(page, tenant))
    if visits.counts(asked.method, asked.headers):
        await _parts().visits.count(page)
    here = "" if asked.url.path.endswith("/") else f"{call.names['token']}/"
    return _html(view.html(page, tenant, here))


async def _pdf(_: Call, page: Page, tenant: Tenant) -> Response:
    made = await asyncio.to_thread(pdf.pdf, page, tenant.name)
    return Response(made, headers=_saved(f"{page.content.title}.pdf"), media_type=pdf.MEDIA_TYPE)


async def _calendar(_: Call, page: Page, __: Tenant) -> Response | None:
    if not page.content.calendar:
        return None
    made = await asyncio.to_thread(calendars.calendar, page)
    return Response(made, headers=_saved(f"{page.content.title}.ics"), media_type=calendars.MEDIA_TYPE)


async def _file(call: Call, page: Page, _: Tenant) -> Response | None:
    number = call.names["number"]
    if len(number) > _DIGITS or int(number) >= len(page.content.files):
        return None
    file = page.content.files[int(number)]
    pieces = await files.opened(_parts().blobs, file)
    if pieces is None:
        return None
    headers = {"Content-Length": str(file.size), **_saved(file.name)}
    return StreamingResponse(pieces, headers=headers, media_type=files.media_type(file))


def _saved(name: str) -> dict[str, str]:
    return {"Content-Disposition": files.disposition(name), **view.FILE_HEADERS}


def _html(text: str, status: int = 200) -> Response:
    return Response(text, status, view.HEADERS, view.MEDIA_TYPE)


def _routes(path: str, answer: Answer) -> list[Route]:
    async def handle(call: Call) -> Response:
        found = await _parts().found(call.names.get("tenant", ""), call.names.get("token", ""))
        response = await answer(call, *found) if found else None
        return response or _html(view.gone(call.request.headers), 404)

    return [
        Route(method=method, path=path, handle=handle, permission="link", answer="*/*")
        for method in ("GET", "HEAD")
    ]


async def _nothing(*_: object) -> None:
    """Answers a path that no page has."""


ROUTES = Routes(
    "pages",
    *_routes("/{tenant:slug}/{token}", _page),
    *_routes(f"/{{tenant:slug}}/{{token}}/{view.PDF}", _pdf),
    *_routes(f"/{{tenant:slug}}/{{token}}/{view.CALENDAR}", _calendar),
    *_routes("/{tenant:slug}/{token}/files/{number:int}", _file),
    *_routes("/{rest:path}", _nothing),
    wired=_parts,
    expected="the link as it was given",
)


@functions_framework.aio.http
async def pages(request: Request) -> Response:
    return await ROUTES.serve(request)
