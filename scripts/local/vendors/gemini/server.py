"""Gemini served over HTTP, with scripted answers and faults."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scripts.local.vendors.gemini.answers import Asked, embedded, obedient

Script = Callable[[Asked], Response]


class Gemini:
    """Returns the responses of `script` once each, in order. After them, answers every question from its
    first passage, or as not known without a passage, and embeds every text."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.script: deque[Script] = deque()
        self.app = Starlette(routes=[Route("/{path:path}", self._generate, methods=["POST"])])

    async def _generate(self, request: Request) -> Response:
        asked = Asked(request.url.path, request.url.query, dict(request.headers), await request.json())
        self.asked.append(asked)
        usual = embedded if asked.path.endswith(":batchEmbedContents") else obedient
        return (self.script.popleft() if self.script else usual)(asked)
