"""Anthropic's requests, answers and errors: https://platform.claude.com/docs/en/api/messages"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.responses import JSONResponse, Response

from scripts.local.vendors.models.exchange import Call, Line, Medium, Reply, Result, Said, Seen


def seen(body: Mapping[str, Any]) -> Seen:
    system = body.get("system", "")
    schema = body.get("output_config", {}).get("format", {}).get("schema")
    return Seen(
        model=body["model"],
        instruction=system,
        lines=[_line(message) for message in body["messages"]],
        tools={each["name"]: each["input_schema"] for each in body.get("tools", [])},
        schema=schema or in_words(system),
    )


def in_words(instruction: str) -> Any:
    """Returns the JSON Schema at the end of an instruction, or None: such models take it in words."""
    last = instruction.rstrip().rpartition("\n")[2]
    return json.loads(last) if last.startswith('{"') else None


def _line(message: Mapping[str, Any]) -> Line:
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    said = [found for block in blocks if (found := _said(block)) is not None]
    return Line("model" if message["role"] == "assistant" else "person", said)


def _said(block: Mapping[str, Any]) -> Said | None:
    match block["type"]:
        case "text":
            return str(block["text"])
        case "tool_use":
            return Call(block["name"], block["input"], block["id"])
        case "tool_result":
            return Result(block["content"], block.get("is_error", False), block["tool_use_id"])
        case "image" | "document":
            source = block["source"]
            is_text = source["type"] == "text"
            data = source["data"].encode() if is_text else base64.b64decode(source["data"])
            return Medium(source["media_type"], data)
    return None


def refusal(body: Mapping[str, Any]) -> Response | None:
    """Returns the error for messages that the API refuses: without results, or results not first."""
    messages = body["messages"]
    if not messages or messages[0]["role"] != "user" or not body.get("max_tokens"):
        return failure(400, "invalid_request_error")
    if body.get("temperature") is not None and body["model"].startswith("claude-haiku-5"):
        return failure(400, "invalid_request_error", words="temperature: is not supported by this model")
    for place, message in enumerate(messages):
        calls = [each["id"] for each in _blocks(message) if each["type"] == "tool_use"]
        following = _blocks(messages[place + 1]) if place + 1 < len(messages) else []
        results = [each.get("tool_use_id") for each in following[: len(calls)]]
        if calls != results or any(each == {"type": "text", "text": ""} for each in _blocks(message)):
            return failure(400, "invalid_request_error")
    return None


def _blocks(message: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def told(reply: Reply, model: str, number: int) -> Response:
    blocks: list[dict[str, Any]] = []
    if reply.thoughts:
        blocks.append({"type": "thinking", "thinking": reply.thoughts, "signature": "signed"})
    if reply.text:
        blocks.append({"type": "text", "text": reply.text})
    blocks += [
        {
            "type": "tool_use",
            "id": f"toolu_{number}_{place}",
            "name": call.name,
            "input": dict(call.arguments),
        }
        for place, call in enumerate(reply.calls)
    ]
    stop = {"done": "end_turn", "cut_off": "max_tokens", "refused": "refusal"}[reply.stop]
    used = {
        "input_tokens": reply.input - reply.cached,
        "output_tokens": reply.output,
        "cache_read_input_tokens": reply.cached,
        "cache_creation_input_tokens": None,
    }
    return message(blocks, "tool_use" if reply.calls else stop, model, used)


def message(
    blocks: object, stop: str, model: str = "fake", used: Mapping[str, Any] | None = None
) -> Response:
    found = {"type": "message", "role": "assistant", "content": blocks, "stop_reason": stop, "model": model}
    return JSONResponse(found | {"usage": used or {"input_tokens": 90, "output_tokens": 30}})


def failure(
    status: int, kind: str, *, words: str = "scripted", after: str = "", details: object = None
) -> Response:
    error = {"type": kind, "message": words, "details": details}
    headers = {"retry-after": after} if after else {}
    return JSONResponse({"type": "error", "error": error}, status, headers)


FAILURES: dict[str, Callable[[], Response]] = {
    "busy": lambda: failure(529, "overloaded_error"),
    "rate": lambda: failure(429, "rate_limit_error"),
    "rate_later": lambda: failure(429, "rate_limit_error", after="7"),
    "no_credit": lambda: failure(
        400, "invalid_request_error", words="Your credit balance is too low to access the API."
    ),
    "spend_limit": lambda: failure(
        429, "rate_limit_error", details={"error_code": "enforced_spend_limit_reached"}
    ),
    "refused_key": lambda: failure(401, "authentication_error"),
    "unknown_model": lambda: failure(404, "not_found_error"),
    "too_long": lambda: failure(400, "invalid_request_error", words="prompt is too long: 210000 tokens"),
    "bad_request": lambda: failure(400, "invalid_request_error"),
    "malformed": lambda: message("none", "end_turn"),
    "error_inside": lambda: JSONResponse({"type": "error", "error": {"type": "api_error", "message": "?"}}),
    "empty": lambda: message([{"type": "text", "text": " "}], "end_turn"),
    "no_answer": lambda: message([], "end_turn"),
    "cut_off": lambda: message([{"type": "text", "text": '{"answer": "La pis'}], "max_tokens"),
    "refused": lambda: message([], "refusal"),
}
