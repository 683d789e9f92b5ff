"""Results of a simulation: figures as JSON, and a page for people."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.simulation.auditor import KINDS
from tests.simulation.faults import KINDS as FAULTS
from tests.simulation.play import Outcome


class Report:
    def __init__(self, seed: int) -> None:
        self.failures: list[Outcome] = []
        self._seed = seed
        self._worlds = self.turns = self._messages = self._unsettled = 0
        self.occurrences = self._begun = 0
        self._cpu = 0.0
        self._faults: Counter[str] = Counter({kind: 0 for kind in FAULTS})
        self._violations: Counter[str] = Counter({kind: 0 for kind in KINDS})

    def add(self, outcome: Outcome) -> None:
        self._worlds += 1
        self.turns += outcome.turns
        self._messages += outcome.messages
        self.occurrences += outcome.occurrences
        self._begun += outcome.begun
        self._unsettled += outcome.unsettled
        self._cpu += outcome.cpu
        self._faults.update(outcome.faults)
        self._violations.update(violation.kind for violation in outcome.violations)
        if outcome.violations:
            self.failures.append(outcome)

    def as_json(self) -> dict[str, Any]:
        """Returns the figures; `turns_per_s` and `occurrences_per_s` are per core, over processor
        time; `begun` are the occurrences that became messages."""
        return {
            "seed": self._seed,
            "worlds": self._worlds,
            "turns": self.turns,
            "messages": self._messages,
            "occurrences": self.occurrences,
            "begun": self._begun,
            **self._violations,
            "unknown_unsettled": self._unsettled,
            "turns_per_s": round(self.turns / self._cpu) if self._cpu else 0,
            "occurrences_per_s": round(self.occurrences / self._cpu) if self._cpu else 0,
            "faults": dict(self._faults),
            "failing_seeds": [outcome.seed for outcome in self.failures],
        }

    def page(self) -> str:
        said = self.as_json()
        faults = said.pop("faults")
        lines = [f"{name:<20} {value}" for name, value in said.items()]
        return "\n".join([*lines, "", "faults", *(f"  {kind:<22} {faults[kind]}" for kind in faults)])
