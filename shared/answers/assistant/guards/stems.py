"""Words and sentences of an answer, as the guards compare them with the passages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from shared.language.content import content
from shared.language.folding import folded

#: The beginning of a word by which its forms are one; letters of the shortest word that counts.
_STEM, _SHORTEST = 4, 3
#: The end of a sentence, with the space after it.
_END = re.compile(r"[.!?…؟][)\"'»*_]*\s+|\n+")
#: Words before a point that ends no sentence: initials, and abbreviations of the languages that we ship.
_ABBREVIATED = re.compile(
    r"^\s*\d{1,2}\.\s+$|(?:^|[\s(.])(?:(?-i:[A-Z])|[pnv]|[ap]\.m|m[rs]|mrs|mme|mlle|dr|st|ste|sr|sra|no|n°"
    r"|tel|tél|av|bd|etc|env|ex|p\.ex|e\.g|i\.e)\.\s+$",
    re.IGNORECASE,
)


@lru_cache(maxsize=500)
def stems(text: str) -> frozenset[str]:
    """Returns the stems of the words with content; a word with a digit is its own stem.

    Most texts are passages, which are asked for again and again.
    """
    return frozenset(
        word if any(character.isdigit() for character in word) else word[:_STEM]
        for word in content(folded(text))
        if len(word) >= _SHORTEST or any(character.isdigit() for character in word)
    )


def of_all(texts: Iterable[str]) -> frozenset[str]:
    """Returns the stems of several texts."""
    return frozenset[str]().union(*map(stems, texts))


def sentences(text: str) -> list[str]:
    """Returns the sentences with the spaces after them: together they are the text.

    A point ends no sentence after an abbreviation, or before a small letter.
    """
    found, begin = [], 0
    for match in _END.finditer(text):
        before, after = text[begin : match.end()], text[match.end() : match.end() + 1]
        if match[0].startswith(".") and (after.islower() or _ABBREVIATED.search(before)):
            continue
        found.append(before)
        begin = match.end()
    return [*found, text[begin:]] if begin < len(text) else found
