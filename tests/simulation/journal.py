"""Journal: the ordered trace of a run, read by the auditor and by people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.simulation.loop import VirtualLoop


class Entry(NamedTuple):
    """One event of the trace; `at` is in seconds since the beginning of the world."""

    at: float
    what: str
    facts: dict[str, Any]

    def line(self) -> str:
        facts = " ".join(f"{name}={value}" for name, value in self.facts.items())
        return f"{self.at:10.3f}  {self.what:<10} {facts}"


class Journal:
    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.entries: list[Entry] = []

    def note(self, what: str, **facts: Any) -> None:
        self.entries.append(Entry(self._loop.now, what, facts))

    def of(self, what: str) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry.what == what)

    def digest(self) -> str:
        """Returns the SHA-256 of the trace: the same for the same run, on any machine."""
        total = hashlib.sha256()
        for entry in self.entries:
            total.update(entry.line().encode())
        return total.hexdigest()
