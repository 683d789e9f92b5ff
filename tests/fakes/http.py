"""The HTTP port without a network: scripted answers and failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.platform.http import HttpAnswer


@dataclass
class ScriptedHttp:
    """Gives the same outcome to each request and keeps the requests; `file` overrides it for fetches."""

    outcome: HttpAnswer | Exception
    file: HttpAnswer | Exception | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    fetched: list[dict[str, Any]] = field(default_factory=list)

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
        self.requests.append(
            {"method": method, "url": url, "headers": headers, "params": params, "json": json}
        )
        return self._told(self.outcome)

    async def fetch(
        self,
        url: str,
        *,
        own: str,
        limit: int,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        self.fetched.append({"url": url, "own": own, "limit": limit, "headers": headers})
        return self._told(self.outcome if self.file is None else self.file)

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        own: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        self.requests.append({"method": "POST", "url": url, "headers": headers, "own": own, "body": body})
        return self._told(self.outcome)

    async def prepare(self) -> None: ...

    def _told(self, outcome: HttpAnswer | Exception) -> HttpAnswer:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def answer(status: int, body: bytes = b"", **headers: str) -> HttpAnswer:
    return HttpAnswer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
