"""The functions' latest structured log lines and spans, for the view of a message's way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Set
from datetime import datetime, timedelta
from typing import Any


class Journal:
    """Keeps the last `limit` lines, and as many spans; each has its `event`, `time` (ISO) and ids.

    `ahead` is how far the run's clock is ahead of the system's, by which the functions' lines are stamped.
    """

    def __init__(self, ahead: Callable[[], timedelta] = timedelta, limit: int = 20_000) -> None:
        self._ahead = ahead
        self._lines: deque[dict[str, Any]] = deque(maxlen=limit)
        self._spans: deque[dict[str, Any]] = deque(maxlen=limit)

    def add(self, line: Mapping[str, Any]) -> None:
        """Adds a function's log line; ignores a line without a time, since it cannot be ordered."""
        if isinstance(line.get("time"), str):
            kept = self._spans if line.get("event") == "span" else self._lines
            kept.append(self._stamped(line))

    def _stamped(self, line: Mapping[str, Any]) -> dict[str, Any]:
        if not (ahead := self._ahead()):
            return dict(line)
        return {**line, "time": (datetime.fromisoformat(line["time"]) + ahead).isoformat()}

    def spans(self, traces: Set[str]) -> list[dict[str, Any]]:
        """Returns the finished spans of these traces, as shared/platform/traces/log.py writes them."""
        return [line for line in self._spans if line.get("trace") in traces]

    def naming(self, ids: Set[str]) -> list[dict[str, Any]]:
        """Returns the lines of any tenant with one of these ids as `message` or `turn`, ordered by time."""
        mine = [line for line in self._lines if line.get("message") in ids or line.get("turn") in ids]
        return sorted(mine, key=lambda line: str(line["time"]))

    def about(self, tenant: str, ids: Set[str]) -> list[dict[str, Any]]:
        """Returns the lines of one tenant with one of these ids as `message` or `turn`, ordered by time."""
        return [line for line in self.naming(ids) if line.get("tenant") == tenant]
