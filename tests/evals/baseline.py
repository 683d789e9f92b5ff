"""The kept figures of the evaluation (baseline.json): a change must not make one of them clearly worse."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.evals.cases import Half
from tests.evals.figures import Figure

FILE = Path(__file__).with_name("baseline.json")
#: How much worse a share may be.
TOLERANCE = 0.02
#: Shares by the half of the cases and the figure's name.
Baseline = Mapping[str, Mapping[str, float]]


def read(path: Path = FILE) -> Baseline:
    """Returns the kept shares, empty if there are none yet."""
    found: Baseline = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def keep(measured: Mapping[Half, Sequence[Figure]], path: Path = FILE) -> None:
    """Keeps the shares of these halves; the other half's stay as they are."""
    shares = {half: {each.name: each.share for each in found} for half, found in measured.items()}
    path.write_text(json.dumps({**read(path), **shares}, indent=2) + "\n", encoding="utf-8")


def worse(half: Half, found: Sequence[Figure], kept: Baseline) -> list[str]:
    """Returns a line for each figure that is worse than its kept share by more than TOLERANCE."""
    before = kept.get(half, {})
    measured = {each.name: each for each in found}
    gone = [f"{half}: {name}: not measured any more" for name in before if name not in measured]
    return gone + [
        f"{half}: {name}: {each.share:.1%}, was {before[name]:.1%}"
        for name, each in measured.items()
        if name in before and _loss(each, before[name]) > TOLERANCE + 1e-9
    ]


def _loss(figure: Figure, before: float) -> float:
    return figure.share - before if figure.low else before - figure.share
