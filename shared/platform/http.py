"""The HTTP port for calls to gateways and vendors: the meaning of a failed call is decided here, once.

A call that was certainly not sent is `Unreachable`; one that may have been carried out is `Unanswered`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit


def is_address(url: str) -> bool:
    """Whether a text is an address that can be called: http or https, with a host."""
    try:
        split = urlsplit(url)
        complete = bool(split.hostname) and (split.port is None or split.port > 0)
    except ValueError:
        return False
    return complete and split.scheme in ("http", "https") and re.fullmatch(r"[\x21-\x7e]+", url) is not None


class Unreachable(Exception):
    """The request did not reach the other side, and had no effect."""


class Unanswered(Exception):
    """The request may have been carried out: its answer was lost, late, or cut off."""


class TooLarge(Exception):
    """The body is longer than the caller's limit; its rest was not read."""


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds that the other side asks us to wait, at most an hour (RFC 9110, 10.2.3, without dates)."""
        value = self.headers.get("retry-after", "")
        return min(float(value), 3600.0) if re.fullmatch(r"[0-9]{1,9}", value) else None


class Http(Protocol):
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
        """Sends a request and follows no redirect; `timeout` (s) bounds the whole call.

        Raises Unreachable or Unanswered.
        """
        ...

    async def fetch(
        self,
        url: str,
        *,
        own: str,
        limit: int,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        """GETs a file of at most `limit` bytes from an untrusted address: see guard.target, also for `own`.

        The body is as received, not decompressed. Follows no redirect; `timeout` (s) bounds it all. Raises
        guard.Forbidden, TooLarge, Unreachable or Unanswered.
        """
        ...

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        own: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        """POSTs bytes as they are, for example signed ones, to an address that is checked as in `fetch`.

        Follows no redirect; `timeout` (s) bounds it all. Raises guard.Forbidden, Unreachable or Unanswered.
        """
        ...

    async def prepare(self) -> None:
        """Loads the client without a call, so that the next request need not wait for it."""
        ...
