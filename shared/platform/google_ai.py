"""Google's models through google-genai: its clients and its errors, for answers and for embeddings.

With an API key, or without one on Vertex AI: there the library reads project and place from
`GOOGLE_CLOUD_PROJECT` and `GOOGLE_CLOUD_LOCATION`, and uses the function's own identity. It knows the
addresses of `global`, of the multi-regions `eu` and `us`, and of regions:
https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/locations
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shared.errors import ConfigurationError, Retry

if TYPE_CHECKING:
    from google.genai import Client, errors

#: Seconds; the caller's own deadline is shorter, this one only ends abandoned calls.
TIMEOUT = 20.0
_CLIENTS = 50

_clients: OrderedDict[str | None, Client] = OrderedDict()


async def client(api_key: str | None) -> Client:
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


@contextmanager
def translated(used: str) -> Iterator[None]:
    """Translates the errors of one call into ours, without their text, which may quote the prompt.

    `used` names the setting and its model, for an error that only another setting mends.
    """
    import httpx
    from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
    from google.genai import errors

    try:
        yield
    except errors.APIError as error:
        raise _error(error, used) from None
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


def _error(error: errors.APIError, used: str) -> Exception:
    """Returns our error for Google's status: https://ai.google.dev/gemini-api/docs/troubleshooting"""
    if error.code in (400, 401, 403, 404):
        return ConfigurationError(
            f"gemini: answered {error.code} {error.status} for {used}: "
            "expected a model that this `api_key` (or Vertex AI project and location) may use"
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
