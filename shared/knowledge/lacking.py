"""Lacks: words, names and numbers of a question that an entry does not have.

A passage about something near is no answer: who asks for Friday's show is not answered with Saturday's, nor
with the opening hours. A word counts as there if a word of the entry begins alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from shared.knowledge.naming import names
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
        self._words = [{word for text in each for word in folded(text).split()} for each in texts]
        self._beginnings = [{word[:_BEGINNING] for word in words} for words in self._words]
        self._known = set[str]().union(*self._beginnings)

    def lacks(self, text: str, spelled: str, number: int, *, foreign: bool) -> list[float]:
        """Returns the lacks of the entry with this number, in the order of the weights.

        `spelled` is the text in plain spelling. Of a `foreign` text only names and numbers are compared.
        """
        words = [word for word in content(spelled) if len(word) >= _LETTERS and not word.isdigit()]
        begun = [] if foreign else [word[:_BEGINNING] for word in words]
        unknown = sum(each not in self._known for each in begun)
        elsewhere = sum(each not in self._beginnings[number] for each in begun) - unknown
        count = max(len(begun), 1)
        return [
            float(min(unknown, _MOST)),
            unknown / count,
            float(min(elsewhere, _MOST)),
            elsewhere / count,
            float(len(words)) ** 0.5,
            *self._names_and_numbers(text, number),
            float(foreign),
        ]

    def _names_and_numbers(self, text: str, number: int) -> list[float]:
        there = self._words[number]
        named = [word for name in names(text) for word in folded(name).split()]
        digits = [word for word in folded(text).split() if word.isdigit()]
        years = [word for word in digits if _YEAR.fullmatch(word)]
        return [float(any(word not in there for word in group)) for group in (named, years, digits)]
