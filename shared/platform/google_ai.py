"""Google's models through google-genai: its clients and its errors, for answers and for embeddings.

With an API key, or without one on Vertex AI: there the library reads project and place from
`GOOGLE_CLOUD_PROJECT` and `GOOGLE_CLOUD_LOCATION`, and uses the function's own identity. It knows the
addresses of `global`, of the multi-regions `eu` and `us`, and of regions:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.errors import ConfigurationError, Retry

if TYPE_CHECKING:
    import httpx
    from google.genai import Client

#: Seconds; the caller's own deadline is shorter, this one only ends abandoned calls.
TIMEOUT = 60.0
#: Most bytes of an answer: a hundred embeddings, of models that cannot shorten them, are about 6 MB.
ANSWER_LIMIT = 8 * 1024 * 1024
_CLIENTS = 50

_clients: OrderedDict[tuple[str | None, str], Client] = OrderedDict()


class Failed(Exception):
    """A failed call: HTTP status (0 without an answer), Google's name of it, and the body of the error."""

    def __init__(self, reason: str, status: int = 0, name: str = "", body: Any = None) -> None:
        super().__init__(reason)
        self.reason, self.status, self.name, self.body = reason, status, name, body


async def client(api_key: str | None, url: str = "") -> Client:
    """Returns the client for this key, cached for its open connections; a rotated key gets a new client.

    `url` is the address of the API, "" for Google's own.
    """
    known = (api_key, url)
    if known not in _clients:
        _clients[known] = await asyncio.to_thread(_connect, api_key, url)
        while len(_clients) > _CLIENTS:
            _clients.popitem(last=False)
    _clients.move_to_end(known)
    return _clients[known]


def _connect(api_key: str | None, url: str) -> Client:
    """Makes a client; called in a thread, because it blocks.

    The import takes half a second, the certificates a tenth, Google's identity a request. Raises
    ConfigurationError if there is neither a key nor an identity.
    """
    import httpx
    from google import genai
    from google.auth.exceptions import GoogleAuthError
    from google.genai import types

    options = types.HttpOptions(
        base_url=url or None,
        timeout=int(TIMEOUT * 1000),
        retry_options=types.HttpRetryOptions(attempts=1),
        # The library would choose one of three HTTP libraries; we handle the errors of this one.
        httpx_async_client=httpx.AsyncClient(event_hooks={"response": [_limit]}),
    )
    try:
        return genai.Client(vertexai=api_key is None, api_key=api_key, http_options=options)
    except (ValueError, GoogleAuthError) as error:
        raise ConfigurationError(
            f"gemini: no secret `api_key`, and no Vertex AI ({type(error).__name__})"
        ) from None


async def _limit(response: httpx.Response) -> None:
    """Limits the answer's size before its body is read."""
    import httpx

    class Limited(httpx.AsyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            size = 0
            async for chunk in self._stream:
                size += len(chunk)
                if size > ANSWER_LIMIT:
                    raise httpx.ReadError(f"answer over {ANSWER_LIMIT} bytes")
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    response.stream = Limited(response.stream)


@contextmanager
def failures() -> Iterator[None]:
    """Translates the library's errors of one call into Failed, or ConfigurationError without an identity."""
    import httpx
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
    from google.genai import errors

    try:
        yield
    except errors.APIError as error:
        raise Failed(f"gemini_{error.code}", error.code, error.status or "", error.details) from None
    except httpx.TimeoutException:
        raise Failed("gemini_timeout") from None
    except httpx.TransportError:
        raise Failed("gemini_unreachable") from None
    except DefaultCredentialsError:
        raise ConfigurationError(
            "gemini: no secret `api_key`, and no Google identity for Vertex AI"
        ) from None
    except GoogleAuthError:
        raise Failed("gemini_identity") from None
    except (ValueError, TypeError, AttributeError):
        # Errors of the library on a body that is not its API's: not JSON, or of another shape.
        raise Failed("gemini_garbled") from None


@contextmanager
def translated(used: str) -> Iterator[None]:
    """Translates the errors of one call into Retry and ConfigurationError, without their text.

    That may quote the prompt. `used` names the setting and its model, for an error that only another setting
    mends: https://ai.google.dev/gemini-api/docs/troubleshooting
    """
    try:
        with failures():
            yield
    except Failed as failed:
        if failed.status in (400, 401, 403, 404):
            raise ConfigurationError(
                f"gemini: answered {failed.status} {failed.name} for {used}: "
                "expected a model that this `api_key` (or Vertex AI project and location) may use"
            ) from None
        raise Retry(failed.reason, after=retry_delay(failed.body)) from None


def retry_delay(body: Any) -> float | None:
    """Returns the seconds of google.rpc.RetryInfo (`{"retryDelay": "17s"}`) in an error's body, or None."""
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    for detail in details if isinstance(details, list) else []:
        delay = detail.get("retryDelay") if isinstance(detail, dict) else None
        match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)s", delay) if isinstance(delay, str) else None
        if match:
            return float(match[1])
    return None
