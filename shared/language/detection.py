"""Detection of the language of a short text.

The text of a chat message is three words long ("petit dej quelle heure", "any wifi?"): too short for the
statistics of language identification libraries (measured: whatlang calls "Bonjour" Uzbek; lingua and
py3langid weigh 60 to 96 MB and do not know Wolof). So we count each language's everyday words.
"""

from __future__ import annotations

import re
from functools import lru_cache

from shared.language.folding import folded
from shared.language.languages import shipped
from shared.models.tenant import Tenant

#: Most characters of a text that are read.
LIMIT = 500

_ARABIC = re.compile(r"[\u0600-\u06ff]")


def detect(tenant: Tenant, text: str, fallback: str) -> str:
    """Returns the text's language among the tenant's, or `fallback` if it is not clear ("wifi ?")."""
    text = text[:LIMIT]
    among = tenant.languages
    if _ARABIC.search(text):  # the script is stronger evidence than words in another script
        among = [language for language in among if any(map(_ARABIC.match, _everyday(tenant, language)))]
        fallback = next(iter(among), fallback)
    words = folded(text).split()
    scores = {language: _score(tenant, language, text, words) for language in among}
    best = max(scores.values(), default=0.0)
    winners = [language for language, score in scores.items() if score == best]
    return winners[0] if best > 0 and len(winners) == 1 else fallback


def _score(tenant: Tenant, language: str, text: str, words: list[str]) -> float:
    """Counts the everyday words of the language in the text; its own letters count half a word."""
    everyday = _everyday(tenant, language)
    ours = shipped().get(language)
    letters = any(letter in text.lower() for letter in (ours.letters if ours else ""))
    return sum(word in everyday for word in words) + letters / 2


def _everyday(tenant: Tenant, language: str) -> frozenset[str]:
    if ours := shipped().get(language):
        return ours.everyday
    added = tenant.languages_added.get(language)
    return _folded(tuple(added.words)) if added else frozenset()


@lru_cache(maxsize=100)
def _folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(folded(" ".join(words)).split())
