"""The report: figures with their targets, as a table and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Target:
    """A bound for a figure; the bound itself still passes."""

    bound: float
    kind: Literal["at most", "at least"]

    def reached(self, value: float) -> bool:
        return value <= self.bound if self.kind == "at most" else value >= self.bound

    def __str__(self) -> str:
        return f"{'≤' if self.kind == 'at most' else '≥'} {self.bound:g}"


def at_most(bound: float) -> Target:
    return Target(bound, "at most")


def at_least(bound: float) -> Target:
    return Target(bound, "at least")


@dataclass(frozen=True)
class Figure:
    """A measured value. `of` is its function, "" for a figure of the whole; `note` describes the
    measurement."""

    name: str
    value: float
    of: str = ""
    target: Target | None = None
    note: str = ""

    def __str__(self) -> str:
        mark = " " if self.target is None else "✓" if self.target.reached(self.value) else "✗"
        target = str(self.target or "")
        return f"  {mark} {self.name:<34}{self.of:<13}{self.value:>9.4g}  {target:<7} {self.note}".rstrip()


@dataclass
class Report:
    figures: list[Figure] = field(default_factory=list)

    def add(self, *figures: Figure) -> None:
        """Adds figures and prints them at once, since the whole takes minutes."""
        for figure in figures:
            self.figures.append(figure)
            print(figure, flush=True)

    def missed(self) -> list[Figure]:
        return [each for each in self.figures if each.target and not each.target.reached(each.value)]

    def write(self, path: Path) -> None:
        """Writes the figures as JSON, one key each; figures of functions are maps by the function's name."""
        document: dict[str, object] = {}
        for figure in self.figures:
            if figure.of:
                named = document.setdefault(figure.name, {})
                assert isinstance(named, dict)  # noqa: S101 - a figure is of the whole, or of each function
                named[figure.of] = figure.value
            else:
                document[figure.name] = figure.value
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def percentile(values: Sequence[float], share: int) -> float:
    """Returns the smallest value that is not below `share` % of all values (nearest rank). Raises ValueError
    without values."""
    if not values or not 0 < share <= 100:
        raise ValueError(f"no {share}th percentile of {len(values)} values")
    return sorted(values)[math.ceil(len(values) * share / 100) - 1]
