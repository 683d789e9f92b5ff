"""The confidence that an entry answers a question, from its measures.

A logistic model. Its weights are in ranking.json, fitted on the evaluation's questions by
`python -m tests.evals.fit`; one set for questions with vectors, one for those without.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The measures of an entry, in the order of the weights; those of meaning are last.
MEASURES = ("covered", "rank", "letters_question", "letters_answer", "near_question", "near_answer")
_WEIGHTS = Path(__file__).with_name("ranking.json")


@dataclass(frozen=True)
class Weights:
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]
    bias: float


def confidences(measures: Mapping[str, NDArray[np.float64]], words: int) -> NDArray[np.float64]:
    """Returns the probability of each entry that it answers the question of this many words."""
    names = [name for name in MEASURES if name in measures]
    fitted = _fitted()["meaning" if "near_question" in measures else "words"]
    features = columns({name: measures[name] for name in names}, words)
    score = ((features - fitted.mean) / fitted.scale) @ fitted.weight + fitted.bias
    return np.asarray(1 / (1 + np.exp(-score)), dtype=np.float64)


def columns(measures: Mapping[str, NDArray[np.float64]], words: int) -> NDArray[np.float64]:
    """Returns a row per entry: each measure as it is, beside the others', and against the best other."""
    found = []
    for values in measures.values():
        ordered = np.sort(values)[::-1]
        second = ordered[1] if len(ordered) > 1 else 0.0
        spread = (values - values.mean()) / (values.std() + 1e-6)
        found += [values, spread, values - np.where(values == ordered[0], second, ordered[0])]
    found.append(np.full(len(found[0]), np.log1p(words)))
    return np.stack(found, axis=1)


@cache
def _fitted() -> Mapping[str, Weights]:
    def weights(data: Mapping[str, Any]) -> Weights:
        vectors = {name: np.array(data[name]) for name in ("mean", "scale", "weight")}
        return Weights(**vectors, bias=data["bias"])

    return {name: weights(data) for name, data in json.loads(_WEIGHTS.read_bytes()).items()}
