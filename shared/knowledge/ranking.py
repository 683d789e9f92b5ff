"""The confidence that an entry answers a question, from its measures.

Two logistic models: one orders the entries, the other says whether the first of them is the answer, by how
clearly it leads and by the words that it lacks. Their weights are in ranking.json, fitted on the
evaluation's questions by `python -m tests.evals.fit`; for questions with vectors, and for those without.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The measures of an entry, in the order of the weights: by words and letters, and by meaning.
BY_WORDS = ("covered", "rank", "letters_question", "letters_answer", "letters_whole")
BY_MEANING = ("near_question", "near_answer", "near_questions", "near_whole")
MEASURES = (*BY_WORDS, *BY_MEANING)
#: Bounds of a probability whose odds are compared.
_LEAST, _MOST = 1e-4, 1 - 1e-4
_WEIGHTS = Path(__file__).with_name("ranking.json")
#: The weights for pieces of sources (piece_index.py).
PIECES = Path(__file__).with_name("piece_ranking.json")


@dataclass(frozen=True)
class Weights:
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weight: NDArray[np.float64]
    bias: float


def confidences(measures: Mapping[str, NDArray[np.float64]], words: int) -> NDArray[np.float64]:
    """Returns the probability of each entry that it answers the question of this many words."""
    names = [name for name in MEASURES if name in measures]
    weights = fitted()["meaning" if "near_question" in measures else "words"]
    return probabilities(weights, columns({name: measures[name] for name in names}, words))


def certainty(found: NDArray[np.float64], lacks: Sequence[float], *, meaning: bool) -> float:
    """Returns the probability that the entry with the highest confidence is the answer.

    `lacks` are those of this entry (lacking.py).
    """
    weights = fitted()["certain_meaning" if meaning else "certain_words"]
    return float(probabilities(weights, lead(found, lacks)[None])[0])


def lead(found: NDArray[np.float64], lacks: Sequence[float]) -> NDArray[np.float64]:
    """Returns the features of the second model: odds of the best, its lead over the next, its lacks."""
    odds = log_odds(np.sort(found)[::-1][:2])
    behind = odds[1] if len(odds) > 1 else np.log(_LEAST)
    return np.array([odds[0], odds[0] - behind, *lacks])


def log_odds(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    bounded = np.clip(probability, _LEAST, _MOST)
    return np.asarray(np.log(bounded / (1 - bounded)), dtype=np.float64)


def probabilities(weights: Weights, features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the probability of each row of features."""
    score = ((features - weights.mean) / weights.scale) @ weights.weight + weights.bias
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


def stored(data: Mapping[str, Any]) -> Weights:
    """Returns the weights as they are stored."""
    vectors = {name: np.array(data[name]) for name in ("mean", "scale", "weight")}
    return Weights(**vectors, bias=data["bias"])


@cache
def fitted(file: Path = _WEIGHTS) -> Mapping[str, Weights]:
    """Returns the weights of all models."""
    return {name: stored(data) for name, data in json.loads(file.read_bytes()).items()}
