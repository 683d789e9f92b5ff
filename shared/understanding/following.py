"""Follow-ups: "and on Saturday?" means the subject of the question before."""

from __future__ import annotations

from shared.language.folding import folded
from shared.language.languages import hanging

#: Most words of a follow-up: a longer text says its subject itself.
_WORDS = 9
#: Most characters of the question before that are searched together with it.
_BEFORE = 300


def follows(text: str) -> bool:
    """Whether the text may follow up the question before: it is short, or begins as a continuation does."""
    words = folded(text).split()
    return 0 < len(words) <= _WORDS or (bool(words) and words[0] in hanging() and len(words) <= 2 * _WORDS)


def together(before: str, text: str) -> str:
    """Returns the question before and its follow-up as one question."""
    return f"{before[:_BEFORE]} {text}"
