"""Anthropic's Messages API: Claude, and others that speak it, such as GLM at https://api.z.ai/api/anthropic.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Sequence
from typing import Any

from shared.errors import ConfigurationError
from shared.formats import wire
from shared.llm import (
    Completion,
    Connection,
    Failure,
    File,
    Message,
    Model,
    ModelFailed,
    Part,
    Request,
    Stop,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)
from shared.llm._calls import Answer, Calls, Peculiarities, key_of
from shared.llm._failures import failed, garbled
from shared.llm._history import maker, orderly, signature, signed
from shared.llm._reading import arguments, completion, cost
from shared.llm._schemas import instruction, strict_schema

#: The least dear of the generally available models (November 2026).
#: https://platform.claude.com/docs/en/about-claude/models/overview
DEFAULT_MODEL = "claude-haiku-5-5"
_NAME = "anthropic"
_URL = "https://api.anthropic.com"
_VERSION = "2023-06-01"
#: Media types of pictures that the API takes: https://platform.claude.com/docs/en/build-with-claude/vision
_PICTURES = {"image/jpeg", "image/png", "image/gif", "image/webp"}
_THOUGHTS = ("thinking", "redacted_thinking")
_STOPS: dict[str, Stop] = {
    "max_tokens": "cut_off",
    "model_context_window_exceeded": "cut_off",
    "pause_turn": "cut_off",
    "refusal": "refused",
    "sensitive": "refused",
}
#: Newer models refuse any temperature, older ones and other vendors an output format.
_PECULIAR = Peculiarities({"temperature": "temperature", "format": "output_config|output_format|json_schema"})


def create(connection: Connection) -> Model:
    return _Anthropic(connection)


class _Anthropic:
    def __init__(self, connection: Connection) -> None:
        self._connection, self._model = connection, connection.model or DEFAULT_MODEL
        self._calls = Calls(connection, _NAME, connection.url or _URL)

    async def complete(self, request: Request) -> Completion:
        key = await key_of(self._connection, _NAME)
        made_by = maker(self._connection, key, _NAME)

        async def ask(without: frozenset[str]) -> Answer:
            body = self._body(request, made_by, without)
            return await self._calls.post("/v1/messages", _headers(key), body)

        found = self._calls.ok(await _PECULIAR.asked(self._calls.url, self._model, ask))
        blocks, stop = found.get("content"), found.get("stop_reason")
        if not isinstance(blocks, list):
            raise garbled(_NAME)
        return completion(
            _NAME,
            _parts(blocks, made_by, request),
            _STOPS.get(stop, "done") if isinstance(stop, str) else "done",
            _usage(found.get("usage")),
            wire.words(found, "model"),
            request,
        )

    async def reach(self) -> None:
        """Reads the model's entry, which is free; vendors of the same format need not have entries.

        https://platform.claude.com/docs/en/api/models/retrieve
        """
        headers = _headers(await key_of(self._connection, _NAME))
        answer = await self._calls.get(f"/v1/models/{self._model}", headers)
        if answer.status in (404, 405) and self._connection.url:
            return
        if answer.status >= 400:
            raise failed(_NAME, self._model, answer.status, answer.error, answer.after)

    def _body(self, request: Request, made_by: str, without: frozenset[str]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model,
            "max_tokens": request.output_tokens,
            "system": instruction(request),
            "messages": [_message(each) for each in orderly(request.messages, made_by)],
        }
        if request.temperature is not None and "temperature" not in without:
            body["temperature"] = request.temperature
        if request.schema is not None and "format" not in without and not self._connection.url:
            schema = strict_schema(request.schema)
            body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        if request.tools:
            body["tools"] = [
                {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters)}
                for tool in request.tools
            ]
        return body


def _headers(key: str | None) -> dict[str, str]:
    return {"anthropic-version": _VERSION} | ({"x-api-key": key} if key else {})


def _message(message: Message) -> dict[str, Any]:
    role = "user" if message.role == "person" else "assistant"
    return {"role": role, "content": [block for part in message.parts for block in _blocks(part)]}


def _blocks(part: Part) -> Sequence[dict[str, Any]]:
    match part:
        case Text():
            return [{"type": "text", "text": part.text}]
        case File():
            return [_medium(part)]
        case ToolCall():
            # A model's thoughts go back before the call that they led to, unchanged.
            thoughts = wire.loads(signature(part).encode(), longest=len(signature(part)) + 1) or []
            call = {
                "type": "tool_use",
                "id": _id(part.id),
                "name": part.name,
                "input": dict(part.arguments or {}),
            }
            return [*thoughts, call]
        case ToolResult():
            found: dict[str, Any] = {
                "type": "tool_result",
                "tool_use_id": _id(part.id),
                "content": part.text or "(empty)",
            }
            return [found | ({"is_error": True} if part.failed else {})]


def _id(name: str) -> str:
    """Returns an id of the only characters that the API takes in it."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)


def _medium(file: File) -> dict[str, Any]:
    """Returns a file as a block. Raises ModelFailed if the API takes none of its kind, such as a sound."""
    kind = file.media_type.partition(";")[0].strip().lower()
    data = {"type": "base64", "media_type": kind, "data": base64.b64encode(file.data).decode()}
    if kind in _PICTURES:
        return {"type": "image", "source": data}
    if kind == "application/pdf":
        return {"type": "document", "source": data}
    if kind.startswith("text/"):
        text = file.data.decode(errors="replace")
        return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}}
    wrong = ConfigurationError(f"{_NAME}: takes no {wire.label(kind)} (expected a picture, a PDF or a text)")
    raise ModelFailed(Failure.BAD_REQUEST, f"{_NAME}_media") from wrong


def _parts(blocks: Sequence[Any], made_by: str, request: Request) -> list[Part]:
    """Returns texts and calls; a call carries the thoughts before it as its signature."""
    parts: list[Part] = []
    thoughts: list[Any] = []
    for block in blocks:
        kind, name = wire.inside(block, "type"), wire.words(block, "name")
        if kind in _THOUGHTS:
            thoughts.append(block)
        elif kind == "text" and isinstance(block.get("text"), str):
            parts.append(Text(block["text"]))
        elif kind == "tool_use":
            mark = signed(made_by, json.dumps(thoughts) if thoughts else "")
            given = arguments(block.get("input"), name, request)
            parts.append(ToolCall(wire.words(block, "id") or f"{name}_{len(parts)}", name, given, mark))
            thoughts = []
    return parts


def _usage(used: Any) -> Usage:
    """Returns the tokens; the vendor counts those written to and read from its cache apart from the input.

    https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance
    """
    fresh, written, cached, output = (
        wire.whole_number(wire.inside(used, name))
        for name in (
            "input_tokens",
            "cache_creation_input_tokens",
            "cache_read_input_tokens",
            "output_tokens",
        )
    )
    return Usage(fresh + written + cached, output, cached, cost=cost(used))
