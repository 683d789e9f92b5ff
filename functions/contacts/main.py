"""contacts: the public function for organisations' own systems, which write the people that they know.

PUT    /<tenant>/<external id>   {"version": 3, "phone", "name", "language", "timezone", "country",
                                 "attributes": {…}, "consent": {"service": true, "promotion": false}}
DELETE /<tenant>/<external id>   {"version": 4}

Header X-Signature: sha256= and the HMAC-SHA256 over the body in hex, with the tenant's `contacts_key`. A body
may have the external id as `id`: then its signature is good for this one person only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.contacts.problems import Refused
from shared.contacts.writing import Outcome
from shared.platform import endpoint
from shared.platform.routes import Call, Route, Routes
from shared.wiring.contacts import ContactsParts, wire
from shared.wiring.process import parts


def _parts() -> ContactsParts:
    wired: ContactsParts = parts(wire)
    return wired


async def _put(call: Call) -> Outcome | Response:
    return await _answered(call, _parts().requests.put)


async def _delete(call: Call) -> Outcome | Response:
    return await _answered(call, _parts().requests.delete)


async def _answered(
    call: Call, handle: Callable[[str, str, bytes, str], Awaitable[Outcome]]
) -> Outcome | Response:
    """Returns the record's outcome, or 400 with all its problems, which are not logged."""
    names, signature = call.names, call.request.headers.get("x-signature", "")
    try:
        return await handle(names["tenant"], names["external"], call.body, signature)
    except Refused as refused:
        problems = [problem._asdict() for problem in refused.problems]
        return endpoint.json({"error": str(refused), "problems": problems}, 400)


async def _limit(call: Call) -> int:
    return await _parts().requests.body_limit(call.names["tenant"])


def _route(method: str, handle: Callable[[Call], Awaitable[object]]) -> Route:
    return Route(
        method=method,
        path="/{tenant:slug}/{external}",
        handle=handle,
        permission="gateway",
        body=_limit,
        answer=Outcome,
    )


ROUTES = Routes(
    "contacts",
    _route("PUT", _put),
    _route("DELETE", _delete),
    wired=_parts,
    expected="/<tenant>/<external id>, an id without /",
    refused="{method}: expected PUT or DELETE",
)


@functions_framework.aio.http
async def contacts(request: Request) -> Response:
    return await ROUTES.serve(request)
