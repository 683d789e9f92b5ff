"""Lacks: words, names and numbers of a question that an entry does not have.

A passage about something near is no answer: who asks for Friday's show is not answered with Saturday's, nor
with the opening hours. A word counts as there if a word of the entry begins alike, or is one typing error
away.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from shared.knowledge.naming import names
from shared.knowledge.spelling import one_error
from shared.language.content import content
from shared.language.folding import folded

#: Letters of a word's beginning that are compared, and the least letters of a word that counts.
_BEGINNING, _LETTERS = 5, 3
#: Most lacking words that count.
_MOST = 4
_YEAR = re.compile(r"(?:19|20)\d\d")


class Vocabulary:
    """The words of each entry; built once, then read only. `texts` are the texts of each entry."""

    def __init__(self, texts: Sequence[Iterable[str]]) -> None:
        self._texts = [list(each) for each in texts]
        self._known: dict[str, set[str]] = defaultdict(set)
        for word in {word for each in self._texts for word in _words(each)}:
            self._known[word[:1]].add(word)

    def knows(self, word: str) -> bool:
        """Whether any text has this word, folded."""
        return word in self._known.get(word[:1], ())

    def lacks(self, text: str, spelled: str, number: int, *, foreign: bool) -> list[float]:
        """Returns the lacks of the entry with this number, in the order of the weights.

        `spelled` is the text in plain spelling. Of a `foreign` text only names and numbers are compared.
        """
        words = [word for word in content(spelled) if len(word) >= _LETTERS and not word.isdigit()]
        meant = [] if foreign else [self._meant(word) for word in words]
        there = _words(self._texts[number])
        beginnings = {word[:_BEGINNING] for word in there}
        unknown = sum(not each for each in meant)
        elsewhere = sum(each.isdisjoint(beginnings) for each in meant) - unknown
        count = max(len(meant), 1)
        return [
            float(min(unknown, _MOST)),
            unknown / count,
            float(min(elsewhere, _MOST)),
            elsewhere / count,
            float(len(words)) ** 0.5,
            *_names_and_numbers(text, there),
            float(foreign),
        ]

    def _meant(self, word: str) -> set[str]:
        """Returns the beginnings of the knowledge's words that this one may mean."""
        alike = self._known.get(word[:1], ())
        begun = {word[:_BEGINNING]} if any(each.startswith(word[:_BEGINNING]) for each in alike) else set()
        if begun or len(word) < _BEGINNING:
            return begun
        return {each[:_BEGINNING] for each in alike if one_error(word, each)}


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in folded(text).split()}


def _names_and_numbers(text: str, there: set[str]) -> list[float]:
    named = [word for name in names(text) for word in folded(name).split()]
    digits = [word for word in folded(text).split() if word.isdigit()]
    years = [word for word in digits if _YEAR.fullmatch(word)]
    return [float(any(word not in there for word in group)) for group in (named, years, digits)]
