"""Google's Gemini through google-genai: with an API key (secret `api_key`), or on Vertex AI without one.

Each call is one attempt: the caller decides about retries.
https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import Retry
from shared.llm import (
    Completion,
    Connection,
    File,
    Message,
    Model,
    Part,
    Request,
    Stop,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)
from shared.platform import google_ai

if TYPE_CHECKING:
    from google.genai import types

#: The fastest of the generally available models, with very little thinking by default.
#: https://ai.google.dev/gemini-api/docs/latest-model
DEFAULT_MODEL = "gemini-3.5-flash-lite"


def create(connection: Connection) -> Model:
    return _Gemini(connection)


class _Gemini:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def complete(self, request: Request) -> Completion:
        client = await google_ai.client(await self._connection.key())
        model = self._connection.model or DEFAULT_MODEL
        contents = [_content(message) for message in request.messages]
        with google_ai.translated(f"answers.model {model!r}"):
            response = await client.aio.models.generate_content(
                model=model, contents=contents, config=_config(request)
            )
            return _completion(response)

    async def reach(self) -> None:
        """Counts tokens, which is free and uses the same key, model and address as an answer.

        https://ai.google.dev/gemini-api/docs/tokens
        """
        client = await google_ai.client(await self._connection.key())
        model = self._connection.model or DEFAULT_MODEL
        with google_ai.translated(f"answers.model {model!r}"):
            await client.aio.models.count_tokens(model=model, contents="?")


def _config(request: Request) -> types.GenerateContentConfig:
    from google.genai import types

    declared = [
        types.FunctionDeclaration(
            name=tool.name, description=tool.description, parameters_json_schema=dict(tool.parameters)
        )
        for tool in request.tools
    ]
    return types.GenerateContentConfig(
        system_instruction=request.instruction,
        temperature=request.temperature,
        max_output_tokens=request.output_tokens,
        response_mime_type="application/json" if request.schema else None,
        response_schema=request.schema,
        tools=[types.Tool(function_declarations=declared)] if declared else None,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
    )


def _content(message: Message) -> types.Content:
    from google.genai import types

    role = "user" if message.role == "person" else "model"
    return types.Content(role=role, parts=[_part(part) for part in message.parts])


def _part(part: Part) -> types.Part:
    from google.genai import types

    match part:
        case Text():
            return types.Part.from_text(text=part.text)
        case File():
            return types.Part.from_bytes(data=part.data, mime_type=part.media_type)
        case ToolCall():
            return types.Part.from_function_call(name=part.name, args=dict(part.arguments or {}))
        case ToolResult():
            key = "error" if part.failed else "output"
            return types.Part.from_function_response(name=part.name, response={key: part.text})


def _completion(response: types.GenerateContentResponse) -> Completion:
    """Returns the completion in a response. Raises Retry if it has neither a candidate nor a refusal."""
    candidate = response.candidates[0] if response.candidates else None
    if candidate is None:
        if response.prompt_feedback:
            return Completion([], "refused", _usage(response))
        raise Retry("gemini_empty")
    found = (candidate.content and candidate.content.parts) or []
    parts = [part for part in map(_read, found) if part]
    reason = candidate.finish_reason.name if candidate.finish_reason else "STOP"
    stop: Stop = "tools" if any(isinstance(part, ToolCall) for part in parts) else "done"
    if reason != "STOP":
        stop = "cut_off" if reason == "MAX_TOKENS" else "refused"
    return Completion(parts, stop, _usage(response))


def _read(part: types.Part) -> Part | None:
    """Returns a text or a tool call; None for the model's thoughts and anything else."""
    if call := part.function_call:
        return ToolCall(call.id or call.name or "", call.name or "", call.args or {})
    return Text(part.text) if part.text and not part.thought else None


def _usage(response: types.GenerateContentResponse) -> Usage:
    used = response.usage_metadata
    if used is None:
        return Usage()
    output = (used.candidates_token_count or 0) + (used.thoughts_token_count or 0)
    return Usage(used.prompt_token_count or 0, output, used.cached_content_token_count or 0)
