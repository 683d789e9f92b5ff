"""Likeness of texts by their letters: words that are misspelt, joined or clipped still share most of them.

A text becomes the groups of three and four letters of its words, weighted as BM25 weights words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shared.language.folding import folded

#: BM25's usual constants: how fast repeats saturate, and how much a text's length counts.
_SATURATION, _LENGTH = 1.2, 0.75
#: Most groups of a text that are looked up.
_GROUPS = 600


class Letters:
    """The groups of letters of many texts, which never change, each with its rarity.

    One row for each group and text that has it, ordered by group: `_texts` and `_weights`. The rows of group
    number n are from `_starts[n]` to `_starts[n + 1]`.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._numbers: dict[str, int] = {}
        by_word: dict[str, list[int]] = {}
        found: list[int] = []
        sizes = []
        for text in texts:
            before = len(found)
            for word in folded(text).split():
                if word not in by_word:
                    by_word[word] = [self._number(group) for group in _groups(word)]
                found += by_word[word]
            sizes.append(len(found) - before)
        owners = np.repeat(np.arange(len(texts)), sizes)
        rows, counts = np.unique(np.array(found, dtype=np.int64) * len(texts) + owners, return_counts=True)
        groups, self._texts = np.divmod(rows, max(len(texts), 1))
        self._starts = np.searchsorted(groups, np.arange(len(self._numbers) + 1))
        lengths = np.array(sizes) / (np.mean(sizes or [0]) or 1)
        norm = _SATURATION * (1 - _LENGTH + _LENGTH * lengths)
        self._size = len(texts)
        self._rarities = self._rarity(np.diff(self._starts))
        saturated = counts * (1 + _SATURATION) / (counts + norm[self._texts])
        self._weights = saturated * self._rarities[groups]

    def scores(self, text: str) -> NDArray[np.float64]:
        """Returns the likeness of each text, about 0…1: the share of the groups that it has."""
        groups = _asked(text)
        known = np.array([self._numbers[group] for group in groups if group in self._numbers], dtype=np.int64)
        unknown = (len(groups) - len(known)) * self._rarity(np.zeros(1))[0]
        total = self._rarities[known].sum() + unknown
        rows = _ranges(self._starts[known], self._starts[known + 1])
        scores = np.asarray(np.bincount(self._texts[rows], self._weights[rows], self._size), dtype=np.float64)
        return scores / total if total else scores

    def _number(self, group: str) -> int:
        return self._numbers.setdefault(group, len(self._numbers))

    def _rarity(self, holders: NDArray[np.float64]) -> NDArray[np.float64]:
        """Returns the weight of groups that so many texts have (BM25's inverse document frequency)."""
        return np.log(1 + (self._size - holders + 0.5) / (holders + 0.5))


def likeness(text: str, others: Sequence[str]) -> NDArray[np.float64]:
    """Returns the likeness of a text with each of a few others, which are folded, about 0…1.

    Unlike `Letters` it counts a group once, and needs no index of the others.
    """
    groups = _asked(text)
    marked = [f" {other} " for other in others]
    has = np.array([[group in other for group in groups] for other in marked], dtype=bool)
    if not has.size:
        return np.zeros(len(others))
    holders = has.sum(axis=0)
    weights = np.log(1 + (len(others) - holders + 0.5) / (holders + 0.5))
    scores: NDArray[np.float64] = (has * weights).sum(axis=1) / weights.sum()
    return scores


def _ranges(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns the numbers of all ranges, one range after the other."""
    lengths = ends - starts
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(lengths.sum())


@lru_cache(maxsize=50)
def _asked(text: str) -> Sequence[str]:
    """Returns the groups of a text, each once; one question is compared with several kinds of pieces."""
    asked = dict.fromkeys(group for word in folded(text).split() for group in _groups(word))
    return list(asked)[:_GROUPS]


def _groups(word: str) -> Iterator[str]:
    marked = f" {word} "
    for length in (3, 4):
        for start in range(max(1, len(marked) - length + 1)):
            yield marked[start : start + length]
