"""Likeness of texts by their letters: words that are misspelt, joined or clipped still share most of them.

A text becomes the groups of three and four letters of its words, weighted as BM25 weights words.
"""

from __future__ import annotations

import math
from array import array
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
        # Python's own arrays: numpy takes longer to build thousands of small ones.
        self._postings: dict[str, tuple[array[int], array[float]]] = defaultdict(
            lambda: (array("i"), array("d"))
        )
        for place, (each, size) in enumerate(zip(groups, sizes, strict=True)):
            norm = _SATURATION * (1 - _LENGTH + _LENGTH * size / mean)
            for group, count in each.items():
                places, weights = self._postings[group]
                places.append(place)
                weights.append(count * (1 + _SATURATION) / (count + norm))
        self._size = len(texts)

    def scores(self, text: str) -> NDArray[np.float64]:
        """Returns the likeness of each text, about 0…1: the share of the groups that it has."""
        total, scores = 0.0, np.zeros(self._size)
        for group in list(_groups(text))[:_GROUPS]:
            found = self._postings.get(group)
            weight = self._idf(len(found[0]) if found else 0)
            total += weight
            if found:
                places, weights = np.frombuffer(found[0], np.int32), np.frombuffer(found[1])
                scores[places] += weight * weights
        return scores / total if total else scores

    def _idf(self, holders: int) -> float:
        return math.log(1 + (self._size - holders + 0.5) / (holders + 0.5))


def _groups(text: str) -> Counter[str]:
    marked = [f" {word} " for word in folded(text).split()]
    return Counter(
        word[start : start + length]
        for word in marked
        for length in (3, 4)
        for start in range(max(1, len(word) - length + 1))
    )
