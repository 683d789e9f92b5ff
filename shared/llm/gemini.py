"""Google's Gemini through google-genai: with an API key (secret `api_key`), or on Vertex AI without one.

Each call is one attempt: the caller decides about retries.
https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from shared.errors import ConfigurationError
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
from shared.llm._calls import key_of
from shared.llm._failures import error_in, failed, garbled
from shared.llm._history import maker, orderly, signature, signed
from shared.llm._reading import completion
from shared.llm._schemas import instruction
from shared.llm._vectors import DIMENSIONS, batches, checked
from shared.platform import google_ai
from shared.platform.http import is_address

if TYPE_CHECKING:
    from google.genai import Client, types

#: The fastest of the generally available models, with very little thinking by default.
#: https://ai.google.dev/gemini-api/docs/latest-model
DEFAULT_MODEL = "gemini-3.5-flash-lite"
DEFAULT_EMBEDDING = "gemini-embedding-001"
_NAME = "gemini"
#: Reasons that are the vendor's judgement of the content; all others but STOP and MAX_TOKENS are failures.
_REFUSED = {"SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"}


def create(connection: Connection) -> Model:
    return _Gemini(connection)


class _Gemini:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def complete(self, request: Request) -> Completion:
        key = await key_of(self._connection, _NAME)
        model, made_by = self._connection.model or DEFAULT_MODEL, maker(self._connection, key, _NAME)
        async with self._asking(key, model) as client:
            response = await client.aio.models.generate_content(
                model=model,
                contents=[_content(message) for message in orderly(request.messages, made_by)],
                config=_config(request),
            )
            return _completion(response, made_by, request)

    async def embed(self, texts: Sequence[str]) -> tuple[Sequence[Sequence[float]], Usage]:
        """https://ai.google.dev/api/embeddings; the API tells no tokens."""
        key = await key_of(self._connection, _NAME)
        model = self._connection.model or DEFAULT_EMBEDDING
        vectors: list[list[float]] = []
        async with self._asking(key, model) as client:
            for batch in batches(texts):
                answer = await client.aio.models.embed_content(
                    model=model,
                    contents=cast("types.ContentListUnion", list(batch)),
                    config={"output_dimensionality": DIMENSIONS},
                )
                found = [(each.values or [])[:DIMENSIONS] for each in answer.embeddings or []]
                vectors += checked(found, len(batch), _NAME)
        return vectors, Usage()

    async def reach(self) -> None:
        """Counts tokens, which is free and uses the same key, model and address as an answer.

        https://ai.google.dev/gemini-api/docs/tokens
        """
        key, model = await key_of(self._connection, _NAME), self._connection.model or DEFAULT_MODEL
        async with self._asking(key, model) as client:
            await client.aio.models.count_tokens(model=model, contents="?")

    @asynccontextmanager
    async def _asking(self, key: str | None, model: str) -> AsyncIterator[Client]:
        """Yields a client. Raises ModelFailed for the errors of its calls."""
        url = self._connection.url
        try:
            if url and not is_address(url):
                raise ConfigurationError(f"gemini: the url of model {model!r} is not an address")
            async with asyncio.timeout(google_ai.TIMEOUT):
                client = await google_ai.client(key, url)
                with google_ai.failures():
                    yield client
        except ConfigurationError as error:
            raise ModelFailed(Failure.REFUSED_KEY, f"{_NAME}_key") from error
        except TimeoutError:
            raise ModelFailed(Failure.BUSY, f"{_NAME}_timeout") from None
        except google_ai.Failed as error:
            raise _failed(error, model)  # noqa: B904  # it has a cause of its own


def _failed(error: google_ai.Failed, model: str) -> ModelFailed:
    if error.status:
        return failed(_NAME, model, error.status, error_in(error.body))
    is_garbled = error.reason == "gemini_garbled"
    return ModelFailed(Failure.MALFORMED if is_garbled else Failure.BUSY, error.reason)


def _config(request: Request) -> types.GenerateContentConfig:
    """Returns the settings of a request; older models take no schema beside tools, so it is in words then."""
    from google.genai import types

    schema = None if request.tools else request.schema
    declared = [
        types.FunctionDeclaration(
            name=tool.name, description=tool.description, parameters_json_schema=dict(tool.parameters)
        )
        for tool in request.tools
    ]
    return types.GenerateContentConfig(
        system_instruction=instruction(request) if request.tools else request.instruction,
        temperature=request.temperature,
        max_output_tokens=request.output_tokens,
        response_mime_type="application/json" if schema else None,
        response_schema=schema,
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
            kind = part.media_type.partition(";")[0].strip().lower()
            return types.Part.from_bytes(data=part.data, mime_type=kind)
        case ToolCall():
            call = types.FunctionCall(name=part.name, args=dict(part.arguments or {}))
            return types.Part(function_call=call, thought_signature=_bytes(signature(part)))
        case ToolResult():
            key = "error" if part.failed else "output"
            return types.Part.from_function_response(name=part.name, response={key: part.text})


def _bytes(mark: str) -> bytes | None:
    try:
        return base64.b64decode(mark, validate=True) or None
    except binascii.Error:
        return None


def _completion(response: types.GenerateContentResponse, made_by: str, request: Request) -> Completion:
    """Returns the completion. Raises ModelFailed if the response has neither a candidate nor a refusal."""
    usage, model = _usage(response), response.model_version or ""
    candidate = response.candidates[0] if response.candidates else None
    if candidate is None:
        if response.prompt_feedback:
            return Completion([], "refused", usage, model)
        if response.candidates is None:  # google-genai takes any JSON for a response
            raise garbled(_NAME)
        raise ModelFailed(Failure.EMPTY, f"{_NAME}_empty")
    reason = candidate.finish_reason.name if candidate.finish_reason else "STOP"
    stop: Stop = "cut_off" if reason == "MAX_TOKENS" else "refused" if reason in _REFUSED else "done"
    if stop == "done" and reason not in ("STOP", "FINISH_REASON_UNSPECIFIED"):
        raise garbled(_NAME)
    found = (candidate.content and candidate.content.parts) or []
    name = response.response_id or "call"
    parts = [_read(part, f"{name}_{place}", made_by) for place, part in enumerate(found)]
    return completion(_NAME, [part for part in parts if part], stop, usage, model, request)


def _read(part: types.Part, name: str, made_by: str) -> Part | None:
    """Returns a text or a tool call; None for the model's thoughts and anything else.

    `name` is the id of a call; the API's own ids are optional, and it matches results by their order.
    """
    if call := part.function_call:
        mark = base64.b64encode(part.thought_signature or b"").decode()
        return ToolCall(name, call.name or "", call.args or {}, signed(made_by, mark))
    return Text(part.text) if part.text and not part.thought else None


def _usage(response: types.GenerateContentResponse) -> Usage:
    used = response.usage_metadata
    if used is None:
        return Usage()
    sound = sum(
        each.token_count or 0
        for each in used.prompt_tokens_details or []
        if each.modality is not None and each.modality.name == "AUDIO"
    )
    return Usage(
        used.prompt_token_count or 0,
        (used.candidates_token_count or 0) + (used.thoughts_token_count or 0),
        used.cached_content_token_count or 0,
        sound,
    )
