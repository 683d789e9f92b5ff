"""The confidence that an entry answers a question after another one, from three readings of the two.

The question alone, both together, and the question before: "and for kids?" is answered by the entry before or
by one near it, "do you have wifi?" by an entry of its own. A logistic model, fitted with the others of
ranking.py, weighs the readings by how much the question says itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.knowledge.ranking import fitted, log_odds, probabilities
from shared.language.content import content
from shared.language.folding import folded
from shared.language.languages import hanging


def confidences(
    readings: Sequence[NDArray[np.float64]], text: str, topics: Sequence[str], *, meaning: bool
) -> NDArray[np.float64]:
    """Returns the probability of each entry that it answers the text.

    `readings` are the entries' confidences for the text alone, for both together, and for the question
    before; `topics` are the entries' topics.
    """
    weights = fitted()["follow_up_meaning" if meaning else "follow_up_words"]
    return probabilities(weights, columns(readings, text, topics))


def columns(readings: Sequence[NDArray[np.float64]], text: str, topics: Sequence[str]) -> NDArray[np.float64]:
    """Returns a row of features per entry."""
    alone, both, before = map(log_odds, readings)
    first = int(before.argmax())
    same = (np.arange(len(before)) == first).astype(np.float64)
    near = np.array([topic == topics[first] for topic in topics]) - same
    words = folded(text).split()
    said = np.full(len(alone), np.log1p(len(content(" ".join(words)))))
    continues = np.full(len(alone), float(bool(words) and words[0] in hanging()))
    found = [alone, both, before, _lead(alone), _lead(both), same, near, said, continues]
    found += [each * by for by in (said, continues) for each in (alone, both, before, same)]
    return np.stack(found, axis=1)


def _lead(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns how far each entry is ahead of the best other."""
    ordered = np.sort(odds)[::-1]
    second = ordered[1] if len(ordered) > 1 else 0.0
    return odds - np.where(odds == ordered[0], second, ordered[0])
