"""Tables of routes: each request that an HTTP function answers, declared in one place.

Paths have Starlette's syntax (https://www.starlette.io/routing/) and are compiled once. They are matched on
the decoded path below the function's name, without the slashes around it. `{name:slug}` matches the names
that a tenant or a channel can have; a path with another name is unknown.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path

from shared.errors import Rejected
from shared.models.dead_letter import Undelivered
from shared.models.staff import SLUG
from shared.models.webhook import Webhook
from shared.platform import endpoint

#: Callers that are admitted to a route. `public`: all. `gateway`: senders that the channel or notifier
#: verifies. `iam`: accounts that Cloud Run admits; the whole function is private in the manifest. `link`:
#: holders of a signed link. `token`: holders of the function's own bearer token.
Permission = Literal["public", "gateway", "iam", "link", "token"]

#: Media types of static files; a file with another suffix has no address.
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


class _Slug(Convertor[str]):
    regex = SLUG

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("slug", _Slug())


@dataclass(frozen=True)
class Call:
    """A request at a known path, with the names in that path.

    `headers` are sent with every response to it, also with an error; `body` is empty if the route reads none.
    """

    request: Request
    names: Mapping[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def webhook(self) -> Webhook:
        """Returns the request as another system's post to us."""
        # Posts seldom carry a query, and Starlette takes as long to parse an empty one.
        query = dict(self.request.query_params) if self.request.scope["query_string"] else {}
        return Webhook(self.request.method, dict(self.request.headers.items()), query, self.body)


#: The largest body (bytes) of a call, known before it is read.
Limit = Callable[[Call], Awaitable[int]]
#: Work done around every call at a known path: it awaits the given rest, and returns its response.
Around = Callable[[Call, Callable[[], Awaitable[Response]]], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Route:
    """One request that a function answers.

    `body` is the limit up to which the body is read, `Undelivered` for the pushes of dead-letter topics (then
    `handle` takes one in place of a Call), or None if the body stays unread. `answer` is the type whose JSON
    is sent with 200, a media type of bytes, or None for an empty 204; `headers` go with it. A handler may
    return a Response for another status or media type.
    """

    method: str
    path: str
    handle: Callable[[Any], Awaitable[object]]
    permission: Permission
    body: Limit | type[Undelivered] | None = None
    answer: type | str | None = None
    headers: Mapping[str, str] | None = None


class Routes:
    """The table of one function.

    `expected` ends the text of its 404, and `refused` is the text of its 405 (`{method}` is the request's).
    Without `refused`, another method on a known path is a 404 too. `wired` builds the function's parts: it is
    called before any response, so that a function without its settings answers 500 at every address, also at
    the one that an uptime check asks.
    """

    def __init__(
        self,
        function: str,
        *table: Route,
        wired: Callable[[], object],
        expected: str,
        refused: str = "",
        around: Around | None = None,
    ) -> None:
        self.function, self.table, self._wired = function, table, wired
        self._expected, self._refused, self._around = expected, refused, around
        self._patterns = [(compile_path(route.path)[0], route) for route in table]

    async def serve(self, request: Request) -> Response:
        """Responds to a request with its route's answer, or with an error (see `endpoint`)."""
        route, names = self.find(request.method, request.path_params.get("path", ""))
        if route is not None and route.body is Undelivered:
            return await endpoint.dead_letter(self.function, request, route.handle)
        call = None if names is None else Call(request, names)
        response = await endpoint.call(self.function, request, lambda _: self._respond(call, route))
        if call is not None:
            response.headers.update(call.headers)
        return response

    def find(self, method: str, path: str) -> tuple[Route | None, Mapping[str, str] | None]:
        """Returns the route of a request, and the names in its path.

        The route is None if the method is not known at this path; both are None if the path is unknown.
        """
        path, names = "/" + path.strip("/"), None
        for pattern, route in self._patterns:
            if match := pattern.fullmatch(path):
                names = match.groupdict()
                if route.method == method:
                    return route, names
        return None, names

    async def _respond(self, call: Call | None, route: Route | None) -> Response:
        self._wired()
        if call is None:
            raise self._unknown()
        if self._around is None:
            return await self._answer(call, route)
        return await self._around(call, lambda: self._answer(call, route))

    async def _answer(self, call: Call, route: Route | None) -> Response:
        if route is None:
            refused = self._refused.format(method=call.request.method)
            raise Rejected(405, refused) if refused else self._unknown()
        return _response(route, await route.handle(await _read(call, route)))

    def _unknown(self) -> Rejected:
        return Rejected(404, f"no such address (expected {self._expected})")


def static(folder: Path, headers: Mapping[str, str]) -> list[Route]:
    """Returns public routes to the files of a folder: `index.html` at `/`, each other one at its name."""
    files = [file for file in sorted(folder.iterdir()) if file.suffix in _MEDIA_TYPES]
    return [_file(file, headers) for file in files]


def bearer(request: Request) -> str:
    """Returns the token of the Authorization header (RFC 6750, 2.1), or "" if it has no bearer token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _file(file: Path, headers: Mapping[str, str]) -> Route:
    content = file.read_bytes()

    async def handle(_: Call) -> bytes:
        return content

    return Route(
        method="GET",
        path="/" if file.name == "index.html" else f"/{file.name}",
        handle=handle,
        permission="public",
        answer=_MEDIA_TYPES[file.suffix],
        headers=headers,
    )


async def _read(call: Call, route: Route) -> Call:
    """Returns the call with its body, if the route reads one. Raises Rejected: 413, 408."""
    if route.body is None or isinstance(route.body, type):
        return call
    body = await endpoint.read(call.request, await route.body(call))
    return Call(call.request, call.names, call.headers, body)


def _response(route: Route, answer: Any) -> Response:
    if isinstance(answer, Response):
        return answer
    if route.answer is None:
        return Response(status_code=204, headers=route.headers)
    if isinstance(route.answer, str):
        return Response(answer, headers=route.headers, media_type=route.answer)
    return endpoint.json(answer, headers=route.headers)
