"""Gemini's requests and responses: https://ai.google.dev/api/generate-content, errors as
google.rpc.Status."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, Response


@dataclass(frozen=True)
class Asked:
    """One request as received."""

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


def obedient(asked: Asked) -> Response:
    passages = asked.question["passages"]
    if not passages:
        return generated({"answer": "?", "known": False, "wants_human": False, "sources": []})
    first = passages[0]
    answer = {"answer": first["text"], "known": True, "wants_human": False, "sources": [first["id"]]}
    return generated(answer)


def embedded(asked: Asked) -> Response:
    """Returns an embedding for each text: https://ai.google.dev/api/embeddings"""
    texts = ["".join(part["text"] for part in each["content"]["parts"]) for each in asked.body["requests"]]
    sizes = [each.get("outputDimensionality", 3_072) for each in asked.body["requests"]]
    return body({"embeddings": [{"values": vector(*each)} for each in zip(texts, sizes, strict=True)]})


def vector(text: str, size: int) -> list[float]:
    """Returns numbers that are alike for texts with the same words, and not of length 1."""
    numbers = [0.01] * size
    for word in text.lower().split():
        numbers[zlib.crc32(word.encode()) % min(size, 256)] += 0.5
    return numbers


def counted(asked: Asked) -> Response:
    """Returns a count of tokens: https://ai.google.dev/api/tokens"""
    if not asked.path.endswith(":countTokens"):
        return failure(404, "NOT_FOUND")
    return body({"totalTokens": 1})


def generated(answer: Any, finish: str = "STOP") -> Response:
    """Returns a candidate with the text `answer`, as JSON unless it is a string already."""
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
    """Returns an error as google.rpc.Status, with RetryInfo if there is a delay."""
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}] if delay else []
    error = {"code": status, "message": "scripted", "status": name, "details": details}
    return JSONResponse({"error": error}, status_code=status)
