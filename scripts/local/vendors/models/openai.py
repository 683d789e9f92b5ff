"""OpenAI's requests, answers and errors, as the vendors of its format have them.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from starlette.responses import JSONResponse, Response

from scripts.local.vendors.models.anthropic import in_words
from scripts.local.vendors.models.exchange import Call, Line, Medium, Reply, Result, Said, Seen
from scripts.local.vendors.models.opus import silence
from scripts.local.vendors.models.script import vector


def seen(body: Mapping[str, Any]) -> Seen:
    messages = body["messages"]
    instruction = "".join(each["content"] for each in messages if each["role"] == "system")
    wanted = body.get("response_format", {})
    schema = wanted.get("json_schema", {}).get("schema")
    return Seen(
        model=body["model"],
        instruction=instruction,
        lines=_lines([each for each in messages if each["role"] != "system"]),
        tools={each["function"]["name"]: each["function"]["parameters"] for each in body.get("tools", [])},
        schema=schema or in_words(instruction),
    )


def _lines(messages: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Returns the lines; results of tools in a row are one, with a person's words after them."""
    found: list[Line] = []
    for message in messages:
        role = "model" if message["role"] == "assistant" else "person"
        parts = list(_said(message))
        if found and found[-1].role == role == "person":
            found[-1] = Line("person", [*found[-1].parts, *parts])
        else:
            found.append(Line("model" if role == "model" else "person", parts))
    return found


def _said(message: Mapping[str, Any]) -> list[Said]:
    content = message["content"]
    if message["role"] == "tool":
        return [Result(content, content.startswith("error: "), message["tool_call_id"])]
    calls = [
        Call(each["function"]["name"], json.loads(each["function"]["arguments"]), each["id"])
        for each in message.get("tool_calls", [])
    ]
    if isinstance(content, list):
        return [*(_part(each) for each in content), *calls]
    return [*([content] if content else []), *calls]


def _part(part: Mapping[str, Any]) -> Said:
    match part["type"]:
        case "image_url":
            return _data(part["image_url"]["url"])
        case "file":
            return _data(part["file"]["file_data"])
        case "input_audio":
            sound = part["input_audio"]
            return Medium(f"audio/{sound['format']}", base64.b64decode(sound["data"]))
    return str(part["text"])


def _data(url: str) -> Medium:
    kind, _, data = url.removeprefix("data:").partition(";base64,")
    return Medium(kind, base64.b64decode(data))


def refusal(body: Mapping[str, Any]) -> Response | None:
    """Returns the error for a request that the API refuses."""
    messages = body["messages"]
    results = [each["tool_call_id"] for each in messages if each["role"] == "tool"]
    calls = [call["id"] for each in messages for call in each.get("tool_calls", [])]
    words = json.dumps(messages).lower()
    if body.get("response_format", {}).get("type") == "json_object" and "json" not in words:
        return failure(400, "invalid_request_error", words="'messages' must contain the word 'json'")
    if calls != results:
        return failure(400, "invalid_request_error")
    if body["model"].startswith("gpt-6"):
        if "max_tokens" in body:
            return failure(
                400,
                "unsupported_parameter",
                words="Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
            )
        if "temperature" in body:
            return failure(400, "unsupported_value", words="'temperature' does not support 0.2")
    return None


def told(reply: Reply, model: str, number: int) -> Response:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.thoughts:
        message["reasoning_content"] = reply.thoughts
    if reply.calls:
        message["tool_calls"] = [
            {
                "id": f"call_{number}_{place}",
                "type": "function",
                "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments))},
            }
            for place, call in enumerate(reply.calls)
        ]
    finish = {"done": "stop", "cut_off": "length", "refused": "content_filter"}[reply.stop]
    used = {
        "prompt_tokens": reply.input,
        "completion_tokens": reply.output,
        "prompt_tokens_details": {"cached_tokens": reply.cached, "audio_tokens": reply.audio},
        "cost": 0.0012,
    }
    return completed(message, "tool_calls" if reply.calls else finish, model, used)


def completed(
    message: object, finish: str, model: str = "fake", used: Mapping[str, Any] | None = None
) -> Response:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    found = {"object": "chat.completion", "model": model, "choices": [choice]}
    return JSONResponse(found | {"usage": used or {"prompt_tokens": 90, "completion_tokens": 30}})


def fields(kind: str, body: bytes) -> dict[str, Medium]:
    """Returns the fields of a form (RFC 7578)."""
    whole = BytesParser(policy=HTTP).parsebytes(f"content-type: {kind}\r\n\r\n".encode() + body)
    found = {}
    for part in whole.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        found[str(name)] = Medium(part.get_content_type(), data if isinstance(data, bytes) else b"")
    return found


def transcribed(text: str) -> Response:
    used = {"type": "tokens", "input_tokens": 14, "output_tokens": 45, "total_tokens": 59}
    return JSONResponse({"text": text, "usage": used | {"input_token_details": {"audio_tokens": 14}}})


def spoken(body: Mapping[str, Any]) -> Response:
    """Returns a silent voice note as long as the text takes, or the error for a request that is refused.

    https://platform.openai.com/docs/api-reference/audio/createSpeech
    """
    if not body["input"] or len(body["input"]) > 4_096:
        return failure(400, "string_above_max_length")
    if body["response_format"] != "opus" or not body["voice"]:
        return failure(400, "invalid_value")
    if body["model"].startswith("tts-1") and "instructions" in body:
        return failure(400, "unsupported_parameter", words="Unknown parameter: 'instructions'.")
    return Response(silence(len(body["input"]) / 15), media_type="audio/ogg")


def embedded(body: Mapping[str, Any]) -> Response:
    """Returns the embeddings, the last first: their order is in `index`."""
    texts = body["input"]
    size = body.get("dimensions", 1_536)
    data = [
        {"object": "embedding", "index": place, "embedding": vector(text, size)}
        for place, text in enumerate(texts)
    ]
    used = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
    return JSONResponse({"object": "list", "data": data[::-1], "model": body["model"], "usage": used})


def failure(
    status: int, code: str | int | None, *, words: str = "scripted", after: str = "", **more: object
) -> Response:
    error = {"message": words, "type": "error", "param": None, "code": code, **more}
    return JSONResponse({"error": error}, status, {"retry-after": after} if after else {})


def _said_only(text: str | None, finish: str) -> Response:
    return completed({"role": "assistant", "content": text}, finish)


FAILURES: dict[str, Callable[[], Response]] = {
    "busy": lambda: failure(503, 503),
    "rate": lambda: failure(429, "rate_limit_exceeded"),
    "rate_later": lambda: failure(429, "rate_limit_exceeded", words="Please try again in 7.5s. Visit …"),
    "no_credit": lambda: failure(402, "invalid_request_error", words="Insufficient Balance"),
    "spend_limit": lambda: failure(429, "insufficient_quota"),
    "refused_key": lambda: failure(401, "invalid_api_key"),
    "unknown_model": lambda: failure(404, "model_not_found"),
    "too_long": lambda: failure(400, "context_length_exceeded"),
    "bad_request": lambda: failure(400, None),
    "malformed": lambda: JSONResponse({"choices": "none"}),
    "error_inside": lambda: JSONResponse({"error": {"code": 502, "message": "Network connection lost."}}),
    "empty": lambda: _said_only("   \n ", "stop"),
    "no_answer": lambda: _said_only(None, "stop"),
    "cut_off": lambda: _said_only('{"answer": "La pis', "length"),
    "refused": lambda: _said_only(None, "content_filter"),
}
