"""An HTTP request that another system made to us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Webhook:
    """One HTTP request from a gateway or notifier. Header names are lower-case; `body` is the raw bytes."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
