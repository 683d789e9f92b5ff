"""Fake of Google's REST APIs behind scripts/cloud/rest: answers by a part of the address, and the calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from scripts.cloud import rest


@dataclass
class Google:
    """`calls` are lines `METHOD address`."""

    calls: list[str] = field(default_factory=list)
    _answers: list[tuple[str, int | None, Any]] = field(default_factory=list)

    def answer(self, part: str, status: int | None, body: Any = None) -> None:
        """Sets the answer to addresses with this part, None for no answer; the newest that matches counts."""
        self._answers.insert(0, (part, status, body))

    def ask(self, method: str, url: str, project: str, body: Any = None) -> tuple[int, Any]:
        self.calls.append(f"{method} {url}")
        status, found = next((status, found) for part, status, found in self._answers if part in url)
        if status is None:
            raise rest.Unanswered("ConnectTimeout")
        return status, found
