"""Recognition of questions like "are you a robot?" and "je parle à une vraie personne ?".

`identity` in a language's file has words for the one who is asked or for the talk (`you`: "are you", "je
parle"), for what they may be (`what`), and those that may stand `around`. A message with any other word asks
something else: "I want to talk to a human" is a wish for a person.
"""

from __future__ import annotations

from functools import cache

from shared.language.languages import shipped

#: Most words of such a question.
_LONGEST = 14


def asks_who(said: str) -> bool:
    """Whether a folded text asks if a person or a program answers here, in one of our languages."""
    words = frozenset(said.split())
    return 2 <= len(words) <= _LONGEST and any(_asked(said, words, code) for code in shipped())


def _asked(said: str, words: frozenset[str], code: str) -> bool:
    identity = shipped()[code].identity
    if not words & identity["what"] or not words <= _known(code):
        return False
    return any(f" {you} " in f" {said} " for you in identity["you"])


@cache
def _known(code: str) -> frozenset[str]:
    phrases = frozenset[str]().union(*shipped()[code].identity.values())
    return frozenset(word for phrase in phrases for word in phrase.split())
