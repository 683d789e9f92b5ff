"""The vendors of language models over HTTP: three formats, one scripted model, and the ways to fail.

The addresses of their APIs are `<origin>/gemini`, `<origin>/anthropic` and `<origin>/openai/v1`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from scripts.local.vendors.models import anthropic, broken, gemini, openai
from scripts.local.vendors.models.exchange import Reply, Seen
from scripts.local.vendors.models.script import answered, heard

FORMATS = {"gemini": gemini.FAILURES, "anthropic": anthropic.FAILURES, "openai": openai.FAILURES}
#: The path of each format's API.
PATHS = {"gemini": "/gemini", "anthropic": "/anthropic", "openai": "/openai/v1"}
#: The names of all ways to fail.
FAILURES = (*broken.NAMES, *gemini.FAILURES)


@dataclass(frozen=True)
class Asked:
    """One request as received; `seen` is None unless it asks for an answer."""

    path: str
    query: str
    headers: Mapping[str, str]
    body: Any
    seen: Seen | None = None

    @property
    def instruction(self) -> str:
        return self.seen.instruction if self.seen else ""

    @property
    def question(self) -> dict[str, Any]:
        return self.seen.question if self.seen else {}


Script = Callable[[Asked], Response]


class ModelServer:
    """Answers requests of each format by the scripted model.

    `script` has responses that are given once each, in order, before that; `replies` what the model says
    instead of its own answer; `failures` the name of a way to fail by format, until it is taken out.
    """

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.script: deque[Script] = deque()
        self.replies: deque[Reply] = deque()
        self.failures: dict[str, str] = {}
        self.app = Starlette(routes=self.routes())

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/gemini/{version}/models/{model}:{action}", self._gemini, methods=["POST"]),
            Route("/anthropic/v1/messages", self._anthropic, methods=["POST"]),
            Route("/anthropic/v1/models/{model}", self._listed, methods=["GET"]),
            Route("/openai/v1/chat/completions", self._openai, methods=["POST"]),
            Route("/openai/v1/audio/transcriptions", self._transcribe, methods=["POST"]),
            Route("/openai/v1/audio/speech", self._speak, methods=["POST"]),
            Route("/openai/v1/embeddings", self._embed, methods=["POST"]),
            Route("/openai/v1/{list:path}", self._listed, methods=["GET"]),
        ]

    def reset(self) -> None:
        self.asked.clear()
        self.script.clear()
        self.replies.clear()
        self.failures.clear()

    def fail(self, vendor: str, name: str) -> None:
        """Makes a vendor fail from now on. Raises ValueError if there is no such vendor or way."""
        if vendor not in FORMATS or name not in FAILURES:
            raise ValueError(f"expected one of {', '.join(FORMATS)}, and one of {', '.join(FAILURES)}")
        self.failures[vendor] = name

    async def _gemini(self, request: Request) -> Response:
        body, action = await request.json(), request.path_params["action"]
        if action == "generateContent":
            found = gemini.seen(body, request.path_params["model"])
            return self._respond(
                "gemini",
                request,
                body,
                found,
                lambda: gemini.refusal(body) or gemini.told(self._reply(found)),
            )
        others = {"countTokens": gemini.counted, "batchEmbedContents": lambda: gemini.embedded(body)}
        return self._respond("gemini", request, body, None, others[action])

    async def _anthropic(self, request: Request) -> Response:
        body = await request.json()
        found = anthropic.seen(body)

        def usual() -> Response:
            refused = anthropic.refusal(body)
            return refused or anthropic.told(self._reply(found), found.model, len(self.asked))

        return self._respond("anthropic", request, body, found, usual)

    async def _openai(self, request: Request) -> Response:
        body = await request.json()
        found = openai.seen(body)

        def usual() -> Response:
            refused = openai.refusal(body)
            return refused or openai.told(self._reply(found), found.model, len(self.asked))

        return self._respond("openai", request, body, found, usual)

    async def _transcribe(self, request: Request) -> Response:
        fields = openai.fields(request.headers["content-type"], await request.body())
        body = {name: field for name, field in fields.items() if name != "file"}
        language = body["language"].data.decode() if "language" in body else ""
        usual = openai.transcribed(heard(fields["file"].data, language))
        return self._respond("openai", request, fields, None, lambda: usual)

    async def _speak(self, request: Request) -> Response:
        body = await request.json()
        return self._respond("openai", request, body, None, lambda: openai.spoken(body))

    async def _embed(self, request: Request) -> Response:
        body = await request.json()
        return self._respond("openai", request, body, None, lambda: openai.embedded(body))

    async def _listed(self, request: Request) -> Response:
        vendor = "anthropic" if "/anthropic/" in request.url.path else "openai"
        found = JSONResponse({"data": [{"id": "scripted"}], "id": "scripted"})
        return self._respond(vendor, request, None, None, lambda: found)

    def _reply(self, found: Seen) -> Reply:
        return self.replies.popleft() if self.replies else answered(found)

    def _respond(
        self, vendor: str, request: Request, body: Any, found: Seen | None, usual: Callable[[], Response]
    ) -> Response:
        asked = Asked(request.url.path, request.url.query, dict(request.headers), body, found)
        self.asked.append(asked)
        del self.asked[:-1_000]
        if self.script:
            return self.script.popleft()(asked)
        if name := self.failures.get(vendor):
            return broken.failing(name) or FORMATS[vendor][name]()
        return usual()
