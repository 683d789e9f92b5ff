"""Likeness of texts by their letters: words that are misspelt, joined or clipped still share most of them.

A text becomes the groups of three and four letters of its words, weighted as BM25 weights words.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from shared.language.folding import folded

#: BM25's usual constants: how fast repeats saturate, and how much a text's length counts.
_SATURATION, _LENGTH = 1.2, 0.75
#: Most groups of a text that are looked up.
_GROUPS = 600


class Letters:
    """The groups of letters of many texts, which never change."""

    def __init__(self, texts: Sequence[str]) -> None:
        groups = [_groups(text) for text in texts]
        sizes = [sum(each.values()) for each in groups]
        mean = sum(sizes) / max(len(sizes), 1) or 1.0
        found: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, (each, size) in enumerate(zip(groups, sizes, strict=True)):
            norm = _SATURATION * (1 - _LENGTH + _LENGTH * size / mean)
            for group, count in each.items():
                found[group].append((place, count * (1 + _SATURATION) / (count + norm)))
        self._size = len(texts)
        self._postings = {
            group: (np.array([place for place, _ in each]), np.array([weight for _, weight in each]))
            for group, each in found.items()
        }

    def scores(self, text: str) -> NDArray[np.float64]:
        """Returns the likeness of each text, about 0…1: the share of the groups that it has."""
        total, scores = 0.0, np.zeros(self._size)
        for group in list(_groups(text))[:_GROUPS]:
            found = self._postings.get(group)
            weight = self._idf(len(found[0]) if found else 0)
            total += weight
            if found:
                scores[found[0]] += weight * found[1]
        return scores / total if total else scores

    def _idf(self, holders: int) -> float:
        return math.log(1 + (self._size - holders + 0.5) / (holders + 0.5))


def _groups(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for word in folded(text).split():
        marked = f" {word} "
        for length in (3, 4):
            if len(marked) < length:
                found[marked] += 1
            for start in range(len(marked) - length + 1):
                found[marked[start : start + length]] += 1
    return found
