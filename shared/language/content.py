"""Words with content: all but the everyday words of the languages that we ship."""

from __future__ import annotations

from functools import cache

from shared.language.folding import folded
from shared.language.languages import shipped


def content(text: str) -> list[str]:
    """Returns the words of a folded text that have content, each once."""
    return [word for word in dict.fromkeys(text.split()) if word not in _everyday()]


def has_content(text: str) -> bool:
    """Whether the text has a word with content, in any language."""
    return any(word not in _everyday() for word in folded(text).split())


@cache
def _everyday() -> frozenset[str]:
    """Returns the words without content, but for those that also ask for something ("where", "price")."""
    return frozenset[str]().union(*(each.everyday.difference(*each.alike) for each in shipped().values()))
