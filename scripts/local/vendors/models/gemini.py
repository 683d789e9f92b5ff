"""Gemini's requests, answers and errors: https://ai.google.dev/api/generate-content"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import JSONResponse, Response

from scripts.local.vendors.models.anthropic import in_words
from scripts.local.vendors.models.exchange import Call, Line, Medium, Reply, Result, Said, Seen
from scripts.local.vendors.models.script import vector

#: The signature of each call: the API refuses calls that come back without theirs.
_SIGNATURE = base64.b64encode(b"thoughts of a scripted model").decode()


def seen(body: Mapping[str, Any], model: str) -> Seen:
    config = body.get("generationConfig", {})
    declared = [each for tool in body.get("tools", []) for each in tool.get("functionDeclarations", [])]
    instruction = body.get("systemInstruction", {}).get("parts", [])
    words = "".join(part["text"] for part in instruction)
    schema = _either(config, "responseSchema") or _either(config, "responseJsonSchema")
    return Seen(
        model=model,
        instruction=words,
        lines=[_line(content) for content in body["contents"]],
        tools={each["name"]: _either(each, "parametersJsonSchema") or {} for each in declared},
        schema=schema or in_words(words),
    )


def _either(source: Mapping[str, Any], name: str) -> Any:
    """Returns a field under its name in camel case or snake case: the API takes both."""
    return source.get(name) or source.get(re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", name))


def _line(content: Mapping[str, Any]) -> Line:
    return Line(
        "model" if content["role"] == "model" else "person", [_said(each) for each in content["parts"]]
    )


def _said(part: Mapping[str, Any]) -> Said:
    if data := _either(part, "inlineData"):
        return Medium(_either(data, "mimeType"), base64.b64decode(data["data"] + "==", altchars=b"-_"))
    if call := part.get("functionCall"):
        return Call(call["name"], call.get("args", {}))
    if answer := part.get("functionResponse"):
        found = answer["response"]
        return Result(str(found.get("error", found.get("output"))), "error" in found)
    return str(part["text"])


def refusal(body: Mapping[str, Any]) -> Response | None:
    """Returns the error for calls without a signature, or without as many results right after them."""
    contents = body["contents"]
    for place, content in enumerate(contents):
        calls = [part for part in content["parts"] if "functionCall" in part]
        if calls and not _either(calls[0], "thoughtSignature"):
            return failure(400, "INVALID_ARGUMENT")
        following = contents[place + 1]["parts"] if place + 1 < len(contents) else []
        if calls and len(calls) != sum("functionResponse" in part for part in following):
            return failure(400, "INVALID_ARGUMENT")
    return None


def told(reply: Reply) -> Response:
    parts: list[dict[str, Any]] = []
    if reply.thoughts:
        parts.append({"text": reply.thoughts, "thought": True})
    if reply.text:
        parts.append({"text": reply.text})
    for place, call in enumerate(reply.calls):
        made: dict[str, Any] = {"functionCall": {"name": call.name, "args": dict(call.arguments)}}
        parts.append(made | ({"thoughtSignature": _SIGNATURE} if place == 0 else {}))
    finish = {"done": "STOP", "cut_off": "MAX_TOKENS", "refused": "SAFETY"}[reply.stop]
    used = {
        "promptTokenCount": reply.input,
        "candidatesTokenCount": reply.output,
        "totalTokenCount": reply.input + reply.output,
        "cachedContentTokenCount": reply.cached,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": reply.audio}],
    }
    candidate = {"content": {"role": "model", "parts": parts}, "finishReason": finish, "index": 0}
    return body({"candidates": [candidate], "usageMetadata": used})


def embedded(asked: Mapping[str, Any]) -> Response:
    """Returns an embedding for each text: https://ai.google.dev/api/embeddings"""
    texts = ["".join(part["text"] for part in each["content"]["parts"]) for each in asked["requests"]]
    sizes = [each.get("outputDimensionality", 3_072) for each in asked["requests"]]
    return body({"embeddings": [{"values": vector(*each)} for each in zip(texts, sizes, strict=True)]})


def counted() -> Response:
    """Returns a count of tokens: https://ai.google.dev/api/tokens"""
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


def failure(status: int, name: str, *, delay: str | None = None, words: str = "scripted") -> Response:
    """Returns an error as google.rpc.Status, with RetryInfo if there is a delay."""
    details = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay}] if delay else []
    error = {"code": status, "message": words, "status": name, "details": details}
    return JSONResponse({"error": error}, status_code=status)


#: The vendor's ways to fail, by the names that all vendors share.
FAILURES: dict[str, Callable[[], Response]] = {
    "busy": lambda: failure(503, "UNAVAILABLE", words="The model is overloaded."),
    "rate": lambda: failure(429, "RESOURCE_EXHAUSTED", words="You exceeded your current quota."),
    "rate_later": lambda: failure(429, "RESOURCE_EXHAUSTED", delay="7.5s"),
    "no_credit": lambda: failure(429, "RESOURCE_EXHAUSTED", words="Your prepayment credits are depleted."),
    "spend_limit": lambda: failure(
        429, "RESOURCE_EXHAUSTED", words="The project has exceeded its monthly spending cap."
    ),
    "refused_key": lambda: failure(400, "INVALID_ARGUMENT", words="API key not valid."),
    "unknown_model": lambda: failure(404, "NOT_FOUND", words="This model is no longer available."),
    "too_long": lambda: failure(
        400, "INVALID_ARGUMENT", words="The input token count (2000000) exceeds the maximum."
    ),
    "bad_request": lambda: failure(400, "INVALID_ARGUMENT"),
    "malformed": lambda: generated("", "MALFORMED_FUNCTION_CALL"),
    "error_inside": lambda: body({"error": {"code": 503, "message": "?"}}),
    "empty": lambda: generated(" "),
    "no_answer": lambda: body({"candidates": []}),
    "cut_off": lambda: generated('{"answer": "La pis', "MAX_TOKENS"),
    "refused": blocked,
}
