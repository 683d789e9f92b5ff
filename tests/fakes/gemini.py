"""Gemini's generateContent as HTTP, with scripted answers and faults, for the real google-genai client.

Wire format: https://ai.google.dev/api/generate-content and google.rpc.Status for errors.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.fakes.served import served


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    query: str
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def instruction(self) -> str:
        return "".join(part["text"] for part in self.body["systemInstruction"]["parts"])

    @property
    def question(self) -> dict[str, Any]:
        """The JSON object in the last content."""
        found: dict[str, Any] = json.loads(self.body["contents"][-1]["parts"][0]["text"])
        return found


Script = Callable[[Asked], Response]


class FakeGemini:
    """Plays `script` once each, in order; when it is through, every question is answered from its first
    passage, or not known where it has none."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.script: deque[Script] = deque()
        self.app = Starlette(routes=[Route("/{path:path}", self._generate, methods=["POST"])])

    async def _generate(self, request: Request) -> Response:
        asked = Asked(request.url.path, request.url.query, dict(request.headers), await request.json())
        self.asked.append(asked)
        return (self.script.popleft() if self.script else obedient)(asked)


def obedient(asked: Asked) -> Response:
    passages = asked.question["passages"]
    if not passages:
        return generated({"answer": "?", "known": False, "wants_human": False, "sources": []})
    first = passages[0]
    answer = {"answer": first["text"], "known": True, "wants_human": False, "sources": [first["id"]]}
    return generated(answer)


def counted(asked: Asked) -> Response:
    """https://ai.google.dev/api/tokens"""
    assert asked.path.endswith(":countTokens"), asked.path
    return body({"totalTokens": 1})


def generated(answer: Any, finish: str = "STOP") -> Response:
    """A candidate whose text is `answer`, as JSON unless it is a string already."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    content = {"role": "model", "parts": [{"text": text}]}
    used = {"promptTokenCount": 90, "candidatesTokenCount": 30, "totalTokenCount": 120}
    candidate = {"content": content, "finishReason": finish, "index": 0}
    return body({"candidates": [candidate], "usageMetadata": used})


def body(content: Any) -> Response:
    return JSONResponse({"modelVersion": "fake", **content} if isinstance(content, dict) else content)


def blocked() -> Response:
    return body({"promptFeedback": {"blockReason": "SAFETY"}})


def failure(status: int, name: str, *, delay: str | None = None) -> Response:
    """google.rpc.Status, with RetryInfo where there is a delay."""
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}] if delay else []
    error = {"code": status, "message": "scripted", "status": name, "details": details}
    return JSONResponse({"error": error}, status_code=status)


class Hang(Response):
    """Never answers; ends when the client goes away."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue


class CutOff(Response):
    """Promises more bytes than it sends, so that the server closes the connection half-way."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"candidates"', "more_body": True})


@asynccontextmanager
async def serve() -> AsyncIterator[FakeGemini]:
    """The fake on a free port of this machine."""
    fake = FakeGemini()
    async with served(fake.app) as fake.url:
        yield fake
