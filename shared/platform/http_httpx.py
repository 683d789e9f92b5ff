"""The HTTP port on httpx. Built once in an instance; its client belongs to the loop of the first call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shared.platform.http import HttpAnswer, Unanswered, Unreachable

if TYPE_CHECKING:
    import httpx

ANSWER_LIMIT = 2 * 1024 * 1024


class HttpxHttp:
    """What a failure proves: whatever failed before the request's first byte is Unreachable, all else
    Unanswered. Their texts name the failure and the host alone: addresses and headers carry secrets."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        import httpx  # 100 ms of every cold start that calls nobody

        # A third each for the pool and the connection: what ends there is known to have left nothing.
        waits = httpx.Timeout(timeout, connect=timeout / 3, pool=timeout / 3)
        request = self._connected().build_request(
            method, url, headers=headers, params=params, json=json, timeout=waits
        )
        try:
            async with asyncio.timeout(timeout):
                return await self._exchange(request)
        except _never_left() as error:
            raise Unreachable(_name(error, url)) from None
        except (httpx.RequestError, TimeoutError) as error:
            raise Unanswered(_name(error, url)) from None

    async def close(self) -> None:
        """Ends the pooled connections; the next call opens new ones."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            import httpx

            for name in ("httpx", "httpcore"):  # they log whole addresses, with tokens and phone numbers
                logging.getLogger(name).setLevel(logging.WARNING)
            self._client = httpx.AsyncClient(
                follow_redirects=False,
                trust_env=False,  # neither a proxy nor a .netrc of the host decides where secrets go
                limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2),
            )
        return self._client

    async def _exchange(self, request: httpx.Request) -> HttpAnswer:
        response = await self._connected().send(request, stream=True)
        try:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_LIMIT:
                    raise Unanswered(f"answer over {ANSWER_LIMIT} bytes from {request.url.host}")
            return HttpAnswer(response.status_code, dict(response.headers), bytes(body))
        finally:
            await response.aclose()


def _never_left() -> tuple[type[Exception], ...]:
    import httpx

    return (
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.LocalProtocolError,  # a header that cannot be written, e.g. a key with a line break
        httpx.UnsupportedProtocol,
    )


def _name(error: Exception, url: str) -> str:
    return f"{type(error).__name__} at {urlsplit(url).hostname}"
