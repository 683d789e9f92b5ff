"""A vendor that takes posts at webhooks, served over HTTP, with scripted answers and faults."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.formats import wire


@dataclass(frozen=True)
class Posted:
    """One request as received; `body` is None if it is not JSON."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes
    body: Any


Script = Callable[[Posted], Response]


class Hooks:
    """Returns the responses of `script` once each, in order; after them, those of `take`."""

    def __init__(self, take: Script) -> None:
        self.posted: list[Posted] = []
        self.script: deque[Script] = deque()
        self._take = take
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        raw = await request.body()
        query, headers = dict(request.query_params), dict(request.headers)
        posted = Posted(request.url.path, query, headers, raw, wire.loads(raw))
        self.posted.append(posted)
        return (self.script.popleft() if self.script else self._take)(posted)
