"""Requests for chat completions: https://platform.openai.com/docs/api-reference/chat/create"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from shared.errors import ConfigurationError
from shared.formats import wire
from shared.llm import Failure, File, Message, ModelFailed, Part, Request, Text, ToolCall, ToolResult
from shared.llm._history import orderly, signature
from shared.llm._schemas import instruction, strict_schema
from shared.llm.openai_compatible._sounds import ENDINGS


def body(model: str, request: Request, made_by: str, without: frozenset[str]) -> dict[str, Any]:
    """Returns the request's body; `without` are the parameters that the model refuses."""
    words = instruction(request) if "json_schema" in without else request.instruction
    system = [{"role": "system", "content": words}] if words else []
    said = [line for each in orderly(request.messages, made_by) for line in _lines(each)]
    found: dict[str, Any] = {"model": model, "messages": [*system, *said]}
    found["max_completion_tokens" if "max_tokens" in without else "max_tokens"] = request.output_tokens
    if request.temperature is not None and "temperature" not in without:
        found["temperature"] = request.temperature
    if request.tools:
        found["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.parameters),
                },
            }
            for tool in request.tools
        ]
        if "reasoning" in without:
            found["reasoning_effort"] = "none"
    if request.schema is not None and not {"json_schema", "json_object"} <= without:
        found["response_format"] = _format(request.schema, without)
    return found


def _format(shape: type[BaseModel], without: frozenset[str]) -> dict[str, Any]:
    """Returns the answer's format; `json_object` wants the schema, and the word JSON, in the instruction."""
    if "json_schema" in without:
        return {"type": "json_object"}
    named = {"name": shape.__name__[:64], "schema": strict_schema(shape), "strict": True}
    return {"type": "json_schema", "json_schema": named}


def _lines(message: Message) -> Iterator[dict[str, Any]]:
    """Yields one message for each tool result, then one for the rest."""
    if message.role == "model":
        yield _said(message.parts)
        return
    for part in message.parts:
        if isinstance(part, ToolResult):
            text = f"error: {part.text}" if part.failed else part.text or "(empty)"
            yield {"role": "tool", "tool_call_id": part.id, "content": text}
    rest = [part for part in message.parts if not isinstance(part, ToolResult)]
    if rest:
        yield {"role": "user", "content": _content(rest)}


def _said(parts: Sequence[Part]) -> dict[str, Any]:
    """Returns the model's own message, with the thoughts that DeepSeek wants back with calls."""
    texts = [part.text for part in parts if isinstance(part, Text)]
    calls = [part for part in parts if isinstance(part, ToolCall)]
    found: dict[str, Any] = {"role": "assistant", "content": "\n\n".join(texts) or None}
    if calls:
        found["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                # Unreadable arguments go back as no arguments: they would make all later requests wrong.
                "function": {"name": call.name, "arguments": json.dumps(dict(call.arguments or {}))},
            }
            for call in calls
        ]
        if thoughts := "".join(map(signature, calls)):
            found["reasoning_content"] = thoughts
    return found


def _content(parts: Sequence[Part]) -> str | list[dict[str, Any]]:
    """Returns a text if there are only texts, which every vendor takes, else a list."""
    texts = [part.text for part in parts if isinstance(part, Text)]
    if len(texts) == len(parts):
        return "\n\n".join(texts)
    return [
        _medium(part) if isinstance(part, File) else {"type": "text", "text": part.text}
        for part in parts
        if isinstance(part, File | Text)
    ]


def _medium(file: File) -> dict[str, Any]:
    """Returns a file as a part of a message. Raises ModelFailed if there is no part for its kind."""
    kind = file.media_type.partition(";")[0].strip().lower()
    data = base64.b64encode(file.data).decode()
    if kind.startswith("image/"):
        return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{data}"}}
    if kind in ENDINGS:
        return {"type": "input_audio", "input_audio": {"data": data, "format": ENDINGS[kind]}}
    if kind == "application/pdf":
        name = {"filename": "document.pdf", "file_data": f"data:{kind};base64,{data}"}
        return {"type": "file", "file": name}
    if kind.startswith("text/"):
        return {"type": "text", "text": file.data.decode(errors="replace")}
    wrong = ConfigurationError(f"openai_compatible: takes no {wire.label(kind)}")
    raise ModelFailed(Failure.BAD_REQUEST, "openai_compatible_media") from wrong
