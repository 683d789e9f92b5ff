"""The last structured log lines of the functions, so that a message's way can be told."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Set
from typing import Any


class Journal:
    """Keeps the last `limit` lines; each is one step with its `event`, `time` (ISO) and ids."""

    def __init__(self, limit: int = 20_000) -> None:
        self._lines: deque[dict[str, Any]] = deque(maxlen=limit)

    def add(self, line: Mapping[str, Any]) -> None:
        """Takes one line as a function logged it; a line without a time cannot be placed and is not kept."""
        if isinstance(line.get("time"), str):
            self._lines.append(dict(line))

    def about(self, tenant: str, ids: Set[str]) -> list[dict[str, Any]]:
        """The lines whose `message` or `turn` is one of these ids, in the order of their times."""
        mine = [
            line
            for line in self._lines
            if line.get("tenant") == tenant and (line.get("message") in ids or line.get("turn") in ids)
        ]
        return sorted(mine, key=lambda line: str(line["time"]))
