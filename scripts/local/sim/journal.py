"""The last structured log lines of the functions, and their spans, so that a message's way can be told."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Set
from typing import Any


class Journal:
    """Keeps the last `limit` lines, and as many spans; each is one step with its `event`, `time` (ISO) and
    ids."""

    def __init__(self, limit: int = 20_000) -> None:
        self._lines: deque[dict[str, Any]] = deque(maxlen=limit)
        self._spans: deque[dict[str, Any]] = deque(maxlen=limit)

    def add(self, line: Mapping[str, Any]) -> None:
        """Takes one line as a function logged it; a line without a time cannot be placed and is not kept."""
        if isinstance(line.get("time"), str):
            (self._spans if line.get("event") == "span" else self._lines).append(dict(line))

    def spans(self, traces: Set[str]) -> list[dict[str, Any]]:
        """The finished spans of these traces, as shared/platform/traces/log.py writes them."""
        return [line for line in self._spans if line.get("trace") in traces]

    def naming(self, ids: Set[str]) -> list[dict[str, Any]]:
        """The lines of any tenant whose `message` or `turn` is one of these ids, in the order of time."""
        mine = [line for line in self._lines if line.get("message") in ids or line.get("turn") in ids]
        return sorted(mine, key=lambda line: str(line["time"]))

    def about(self, tenant: str, ids: Set[str]) -> list[dict[str, Any]]:
        """Those of one tenant."""
        return [line for line in self.naming(ids) if line.get("tenant") == tenant]
