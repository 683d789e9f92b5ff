"""The HTTP port on httpx. Built once in an instance; its clients belong to the loop of the first call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shared.platform import guard
from shared.platform.http import HttpAnswer, TooLarge, Unanswered, Unreachable

if TYPE_CHECKING:
    import httpx

ANSWER_LIMIT = 2 * 1024 * 1024
#: Addresses of a host that are tried.
_ADDRESSES = 3


class HttpxHttp:
    """HTTP with clear failures: Unreachable before the request's first byte, else Unanswered.

    Their texts name the failure and the host alone: addresses and headers carry secrets.
    """

    def __init__(self, resolve: guard.Resolve = guard.resolve) -> None:
        self._resolve = resolve

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
        client = await self._opened_client()
        import httpx  # saves 100 ms of each cold start without a call

        request = client.build_request(
            method, url, headers=headers, params=params, json=json, timeout=_waits(timeout)
        )
        try:
            async with asyncio.timeout(timeout):
                return await _exchange(client, request, ANSWER_LIMIT)
        except _never_left() as error:
            raise Unreachable(_name(error, url)) from None
        except (httpx.RequestError, TimeoutError) as error:
            raise Unanswered(_name(error, url)) from None
        except TooLarge:
            raise Unanswered(f"answer over {ANSWER_LIMIT} bytes from {urlsplit(url).hostname}") from None

    async def fetch(
        self,
        url: str,
        *,
        own: str,
        limit: int,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        return await self._checked("GET", url, None, own, headers, limit, timeout)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        own: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        try:
            return await self._checked("POST", url, body, own, headers, ANSWER_LIMIT, timeout)
        except TooLarge:
            raise Unanswered(f"answer over {ANSWER_LIMIT} bytes from {urlsplit(url).hostname}") from None

    async def _checked(
        self,
        method: str,
        url: str,
        body: bytes | None,
        own: str,
        headers: Mapping[str, str] | None,
        limit: int,
        timeout: float,
    ) -> HttpAnswer:
        """Calls an address that the guard allows. Raises Forbidden, TooLarge, Unreachable or Unanswered."""
        import httpx

        try:
            async with asyncio.timeout(timeout):
                target = await self._target(url, own, timeout / 3)
                return await self._exchanged(method, target, body, dict(headers or {}), limit, timeout)
        except _never_left() as error:
            raise Unreachable(_name(error, url)) from None
        except (httpx.RequestError, TimeoutError) as error:
            raise Unanswered(_name(error, url)) from None

    async def _target(self, url: str, own: str, timeout: float) -> guard.Target:
        """Checks and resolves an address; no byte is sent before. Raises guard.Forbidden, Unreachable."""
        try:
            async with asyncio.timeout(timeout):
                return await guard.target(url, own=own, resolve=self._resolve)
        except (OSError, TimeoutError) as error:
            raise Unreachable(_name(error, url)) from None

    async def _exchanged(
        self,
        method: str,
        target: guard.Target,
        body: bytes | None,
        headers: dict[str, str],
        limit: int,
        timeout: float,
    ) -> HttpAnswer:
        """Calls the first of the checked addresses that accepts a connection.

        TLS expects the host's own certificate there, and the request names the host.
        """
        headers |= {"host": target.authority, "accept-encoding": "identity"}
        failure: Exception = Unreachable("no address")
        for address in target.addresses[:_ADDRESSES]:
            request = self._fetcher.build_request(
                method,
                target.at(address),
                content=body,
                headers=headers,
                extensions={"sni_hostname": target.host},
                timeout=_waits(timeout),
            )
            try:
                return await _exchange(self._fetcher, request, limit, raw=True)
            except _never_left() as error:
                failure = error
        raise failure

    async def prepare(self) -> None:
        await self._opened_client()

    async def close(self) -> None:
        """Ends the pooled connections; the next call opens new ones."""
        for name in ("_client", "_fetcher"):
            client: httpx.AsyncClient | None = self.__dict__.pop(name, None)
            if client is not None:
                await client.aclose()

    async def _opened_client(self) -> httpx.AsyncClient:
        """Returns the client, built in a thread: the import and the certificates take 100 ms."""
        if "_client" not in self.__dict__:
            await asyncio.to_thread(getattr, self, "_client")
        return self._client

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return _opened(max_connections=100, max_keepalive_connections=20, keepalive_expiry=2)

    @cached_property
    def _fetcher(self) -> httpx.AsyncClient:
        """Client for checked addresses; several hosts may share one, so it reuses no connection."""
        return _opened(max_connections=20, max_keepalive_connections=0)


def _opened(**limits: int) -> httpx.AsyncClient:
    import httpx

    for name in ("httpx", "httpcore"):  # they log whole addresses, with tokens and phone numbers
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,  # neither a proxy nor a .netrc of the host decides where secrets go
        limits=httpx.Limits(**limits),
    )


def _waits(timeout: float) -> httpx.Timeout:
    """Returns timeouts: a third each for the pool and the connection, since no byte is sent before."""
    import httpx

    return httpx.Timeout(timeout, connect=timeout / 3, pool=timeout / 3)


async def _exchange(
    client: httpx.AsyncClient, request: httpx.Request, limit: int, *, raw: bool = False
) -> HttpAnswer:
    """Sends a request and reads the answer. Raises TooLarge if its body is over `limit` bytes.

    `raw` does not decompress: a few bytes of a stranger's may become gigabytes.
    """
    response = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for chunk in response.aiter_raw() if raw else response.aiter_bytes():
            body += chunk
            if len(body) > limit:
                raise TooLarge(f"over {limit} bytes")
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
