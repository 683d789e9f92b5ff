"""Which language a short text is in.

The text of a chat message is three words long ("petit dej quelle heure", "any wifi?"): too short for the
statistics of language identification libraries (measured: whatlang calls "Bonjour" Uzbek; lingua and
py3langid weigh 60 to 96 MB and do not know Wolof). So we count each language's everyday words.
The index leaves the same words out of a question.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shared.knowledge.words import EVERYDAY, fold

#: Characters of a text that are looked at.
LIMIT = 500

_WORD = re.compile(r"[^\W\d_]+")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
#: Letters that, among the languages of EVERYDAY, only these write.
_LETTERS = {"fr": "çèêëàâùûîïôœ", "pt": "ãõ", "es": "ñ¿¡", "wo": "ŋñ"}


def detect(text: str, among: Sequence[str], fallback: str) -> str:
    """Which of the languages `among` the text is in; `fallback` where nothing tells ("wifi ?", "ok")."""
    text = text[:LIMIT]
    if _ARABIC.search(text):
        return "ar" if "ar" in among else fallback
    scores = {language: _score(text, language) for language in among}
    best = max(scores.values(), default=0.0)
    winners = [language for language, score in scores.items() if score == best]
    return winners[0] if best > 0 and len(winners) == 1 else fallback


def _score(text: str, language: str) -> float:
    """How many of the words are everyday ones of the language, its own letters counting half a word."""
    everyday = EVERYDAY.get(language, frozenset())
    words = sum(word in everyday for word in _WORD.findall(fold(text)))
    letters = any(letter in text.lower() for letter in _LETTERS.get(language, ""))
    return words + letters / 2
