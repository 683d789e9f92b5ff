"""desk: the public function for staff: answers by notifiers, signed links to a request, and people's files.

POST /<tenant>/<notifier>   a vendor's post: a pressed button, a message, the reply to a mail
GET  /                      the page of a link, the same for all; the token is after its #, for the script
POST /request               the request of a link (Authorization: Bearer <token>)
POST /take, /close          takes or closes it; the answer names its holder
POST /say                   {"id", "text"}: words for the person
GET  /files/<token>         a file that a person sent
GET  /pin.html              the page on which an administrator sets their PIN; the token is after its #
POST /pin/state, /pin       whether the present PIN is asked for; {"pin", "old"} sets the new one
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.handoff import page
from shared.handoff.pin_setting import BODY_LIMIT as PIN_LIMIT
from shared.handoff.pin_setting import NewPin, PinPage
from shared.handoff.staff_links import BODY_LIMIT, Shown, Words
from shared.platform import endpoint
from shared.platform.routes import Call, Limit, Route, Routes, bearer, static
from shared.wiring.desk import DeskParts, wire
from shared.wiring.process import parts


def _parts() -> DeskParts:
    wired: DeskParts = parts(wire)
    return wired


async def _accept(call: Call) -> Response:
    reply = await _parts().intake.accept(**call.names, webhook=call.webhook())
    return Response() if reply is None else endpoint.json(reply)


async def _limit(call: Call) -> int:
    return await _parts().intake.body_limit(**call.names)


async def _show(call: Call) -> Shown:
    return await _parts().links.show(bearer(call.request))


async def _take(call: Call) -> Shown:
    return await _parts().links.act(bearer(call.request), "take")


async def _close(call: Call) -> Shown:
    return await _parts().links.act(bearer(call.request), "close")


async def _say(call: Call) -> Shown:
    return await _parts().links.say(bearer(call.request), Words.read(call.body))


async def _pin_state(call: Call) -> PinPage:
    return await _parts().pins.show(bearer(call.request))


async def _set_pin(call: Call) -> PinPage:
    return await _parts().pins.set(bearer(call.request), NewPin.read(call.body))


async def _pin_limit(_: Call) -> int:
    return PIN_LIMIT


async def _words_limit(_: Call) -> int:
    return BODY_LIMIT


async def _file(call: Call) -> Response:
    found = await _parts().files.read(call.names["token"])
    place = "inline" if found.shown else "attachment"
    headers = {"Content-Disposition": f'{place}; filename="{found.name}"', **page.FILE_HEADERS}
    return Response(found.data, headers=headers, media_type=found.media_type)


def _link(
    path: str,
    handle: Callable[[Call], Awaitable[Shown | PinPage]],
    body: Limit | None = None,
    answer: type = Shown,
) -> Route:
    return Route(
        method="POST",
        path=path,
        handle=handle,
        permission="link",
        body=body,
        answer=answer,
        headers=page.HEADERS,
    )


ROUTES = Routes(
    "desk",
    _link("/request", _show),
    _link("/take", _take),
    _link("/close", _close),
    _link("/say", _say, _words_limit),
    _link("/pin/state", _pin_state, answer=PinPage),
    _link("/pin", _set_pin, _pin_limit, PinPage),
    Route(method="GET", path="/files/{token}", handle=_file, permission="link", answer="*/*"),
    Route(
        method="POST",
        path="/{tenant:slug}/{notifier:slug}",
        handle=_accept,
        permission="gateway",
        body=_limit,
        answer="*/*",
    ),
    *static(page.FOLDER, page.HEADERS),
    wired=_parts,
    expected="the link as it was given, or /<tenant>/<notifier>",
)


@functions_framework.aio.http
async def desk(request: Request) -> Response:
    return await ROUTES.serve(request)
