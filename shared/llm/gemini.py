"""Google's Gemini through google-genai: with an API key (secret `api_key`), or on Vertex AI without one.

On Vertex AI the library reads project and place from `GOOGLE_CLOUD_PROJECT` and `GOOGLE_CLOUD_LOCATION`, and
uses the function's own identity. Each call is one attempt: the caller decides about retries.
https://ai.google.dev/api/generate-content
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.errors import ConfigurationError, Retry
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

if TYPE_CHECKING:
    from google.genai import Client, errors, types

#: The fastest of the generally available models, with very little thinking by default.
#: https://ai.google.dev/gemini-api/docs/latest-model
DEFAULT_MODEL = "gemini-3.5-flash-lite"
#: Seconds; the caller's own deadline is shorter, this one only ends abandoned calls.
TIMEOUT = 20.0
_CLIENTS = 50


def create(connection: Connection) -> Model:
    return _Gemini(connection)


class _Gemini:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def complete(self, request: Request) -> Completion:
        client = await _client(await self._connection.secret("api_key"))
        model = self._connection.model or DEFAULT_MODEL
        contents = [_content(message) for message in request.messages]
        with _translated(model):
            response = await client.aio.models.generate_content(
                model=model, contents=contents, config=_config(request)
            )
            return _completion(response)

    async def reach(self) -> None:
        """Counts tokens, which is free and uses the same key, model and address as an answer.

        https://ai.google.dev/gemini-api/docs/tokens
        """
        client = await _client(await self._connection.secret("api_key"))
        model = self._connection.model or DEFAULT_MODEL
        with _translated(model):
            await client.aio.models.count_tokens(model=model, contents="?")


_clients: OrderedDict[str | None, Client] = OrderedDict()


async def _client(api_key: str | None) -> Client:
    """Returns the client for this key, cached for its open connections; a rotated key gets a new client."""
    if api_key not in _clients:
        _clients[api_key] = await asyncio.to_thread(_connect, api_key)
        while len(_clients) > _CLIENTS:
            _clients.popitem(last=False)
    _clients.move_to_end(api_key)
    return _clients[api_key]


def _connect(api_key: str | None) -> Client:
    """Makes a client; called in a thread, because it blocks.

    The import takes half a second, the certificates a tenth, Google's identity a request. Raises
    ConfigurationError if there is neither a key nor an identity.
    """
    import httpx
    from google import genai
    from google.auth.exceptions import GoogleAuthError
    from google.genai import types

    options = types.HttpOptions(
        timeout=int(TIMEOUT * 1000),
        retry_options=types.HttpRetryOptions(attempts=1),
        # The library would choose one of three HTTP libraries; we handle the errors of this one.
        httpx_async_client=httpx.AsyncClient(),
    )
    try:
        return genai.Client(vertexai=api_key is None, api_key=api_key, http_options=options)
    except (ValueError, GoogleAuthError) as error:
        raise ConfigurationError(
            f"gemini: no secret `api_key`, and no Vertex AI ({type(error).__name__})"
        ) from None


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
            return types.Part.from_function_call(name=part.name, args=dict(part.arguments))
        case ToolResult():
            key = "error" if part.failed else "output"
            return types.Part.from_function_response(name=part.name, response={key: part.text})


@contextmanager
def _translated(model: str) -> Iterator[None]:
    """Translates the errors of one call into ours, without their text, which may quote the prompt."""
    import httpx
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
    from google.genai import errors

    try:
        yield
    except errors.APIError as error:
        raise _error(error, model) from None
    except httpx.TimeoutException:
        raise Retry("gemini_timeout") from None
    except httpx.TransportError:
        raise Retry("gemini_unreachable") from None
    except DefaultCredentialsError:
        raise ConfigurationError(
            "gemini: no secret `api_key`, and no Google identity for Vertex AI"
        ) from None
    except GoogleAuthError:
        raise Retry("gemini_identity") from None
    except (ValueError, TypeError, AttributeError):
        # Errors of the library on a body that is not its API's: not JSON, or of another shape.
        raise Retry("gemini_garbled") from None


def _error(error: errors.APIError, model: str) -> Exception:
    """Returns our error for Google's status: https://ai.google.dev/gemini-api/docs/troubleshooting"""
    if error.code in (400, 401, 403, 404):
        return ConfigurationError(
            f"gemini: answered {error.code} {error.status} for answers.model {model!r}: "
            "expected a model that this `api_key` (or Vertex AI project) may use"
        )
    return Retry(f"gemini_{error.code}", after=_retry_delay(error.details))


def _retry_delay(body: Any) -> float | None:
    """Returns the seconds of google.rpc.RetryInfo (`{"retryDelay": "17s"}`) in the details, or None."""
    details = body.get("error", {}).get("details", []) if isinstance(body, dict) else []
    for detail in details:
        delay = detail.get("retryDelay", "") if isinstance(detail, dict) else ""
        if str(detail.get("@type", "")).endswith("google.rpc.RetryInfo") and delay.endswith("s"):
            return float(delay.removesuffix("s"))
    return None


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
    return Usage(used.prompt_token_count or 0, used.candidates_token_count or 0, used.total_token_count or 0)
