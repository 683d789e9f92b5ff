"""Names in a question: no fact answers for a place or a person that the knowledge does not know."""

from __future__ import annotations

import re
from collections.abc import Collection

from shared.language.folding import folded

#: A capitalised word that does not begin a sentence, with what a hyphen or an apostrophe joins to it.
_NAME = re.compile(r"(?<=[^\W\d_,;:] )([A-ZÀ-Þ](?:[^\W\d_]|[-'’](?=[^\W\d_])){2,30})(?=[\s.,;:!?…»”)]|\Z)")
#: Most names of a question that count.
_LIMIT = 8
#: Most words of a question whose names are its subject.
_SHORT = 14


def names(text: str) -> list[str]:
    """Returns the names in a text that is written with capitals; one in capitals throughout has none."""
    if text.isupper():
        return []
    return [name for name in dict.fromkeys(_NAME.findall(text)) if not name.isupper()][:_LIMIT]


def unknown_names(text: str, known: Collection[str]) -> list[str]:
    """Returns the names in a short question that have a word which is not `known`, folded.

    A longer text names what has nothing to do with its question: where somebody is from, how they are called.
    """
    if len(text.split()) > _SHORT:
        return []
    return [name for name in names(text) if any(word not in known for word in folded(name).split())]
