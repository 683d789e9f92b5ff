"""The HTTP port for calls to gateways and vendors: what a failed call proves is decided here, once.

A call that never left is `Unreachable`; one that may have been carried out is `Unanswered`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Unreachable(Exception):
    """The request did not reach the other side: nothing was done."""


class Unanswered(Exception):
    """The request may have been carried out: its answer was lost, late, or cut off."""


@dataclass(frozen=True)
class HttpAnswer:
    status: int
    headers: Mapping[str, str]
    body: bytes


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
        """Raises Unreachable or Unanswered. Follows no redirect; `timeout` (s) bounds the whole call."""
        ...
