"""Detection of the language of a short text.

The text of a chat message is three words long ("petit dej quelle heure", "any wifi?"): too short for the
statistics of language identification libraries (measured: whatlang calls "Bonjour" Uzbek; lingua and
py3langid weigh 60 to 96 MB and do not know Wolof). So we count each language's everyday words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from shared.language.folding import folded
from shared.language.languages import shipped
from shared.models.tenant import Tenant

#: Most characters of a text that are read.
LIMIT = 500
#: Words by which a language that the tenant does not list must be ahead.
_FOREIGN = 1.5
#: Words by which a language must be ahead for a text to be clearly in it.
_CLEARLY = 3.0

_ARABIC = re.compile(r"[\u0600-\u06ff]")


def detect(tenant: Tenant, text: str, fallback: str) -> str:
    """Returns the text's language, or `fallback` if it is not clear ("wifi ?").

    A language that the tenant does not list needs more evidence: so many words above the tenant's own. Two
    such languages may be level (Spanish and Portuguese often are): either is nearer than the tenant's.
    """
    text = text[:LIMIT]
    words = folded(text).split()
    ours = {language: _score(tenant, language, text, words) for language in tenant.languages}
    theirs = {code: _score(tenant, code, text, words) for code in shipped() if code not in ours}
    if _ARABIC.search(text):  # the script is stronger evidence than words in another script
        written = {code: score for code, score in ours.items() if _is_arabic(tenant, code)}
        return _best(written) or next(iter(written), "ar")
    best = _best(ours)
    foreign = max(theirs, key=lambda code: (theirs[code], code == fallback), default="")
    if foreign and theirs[foreign] >= max(ours.values(), default=0.0) + _FOREIGN:
        return foreign
    return best or fallback


def differs(tenant: Tenant, text: str, language: str) -> bool:
    """Whether the text is clearly in another language than this one; False if this one is unknown to us.

    Most of its letters are of another script, or it has more everyday words of another language.
    """
    ours = _everyday(tenant, language)
    if not ours:
        return False
    text = text[:LIMIT]
    scripts = [unicodedata.name(each, "").split(" ")[0] for each in text if each.isalpha()]
    known = {unicodedata.name(each, "").split(" ")[0] for word in ours for each in word}
    if sum(script not in known for script in scripts) > len(scripts) / 2:
        return True
    words = folded(text).split()
    others = {code for code in (*shipped(), *tenant.languages) if code != language}
    theirs = max((_score(tenant, code, text, words) for code in others), default=0.0)
    return theirs - _score(tenant, language, text, words) >= _CLEARLY


def _is_arabic(tenant: Tenant, language: str) -> bool:
    return any(map(_ARABIC.match, _everyday(tenant, language)))


def _best(scores: Mapping[str, float]) -> str:
    """Returns the one language with the highest score above 0, or ""."""
    best = max(scores.values(), default=0.0)
    winners = [language for language, score in scores.items() if score == best]
    return winners[0] if best > 0 and len(winners) == 1 else ""


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
