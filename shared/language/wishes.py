"""Words around a wish for a service: those that agree or decline, and those that tell a wish from a question.

`wishes` in a language's file has whole messages (`yes`, `no`) and words: `all` of several, `questions` for a
time, a place, a way or a reason, `first_person`, and those `around` the name of the wished thing ("show", "my
daughter").
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache

from shared.language.commands import Command
from shared.language.folding import folded
from shared.language.languages import shipped


@dataclass(frozen=True, eq=False)
class Wishes:
    """The words of some languages, folded. An object is equal to itself alone, so that it is a fast key."""

    yes: frozenset[str]
    no: frozenset[str]
    all: frozenset[str]
    questions: frozenset[str]
    first_person: frozenset[str]
    around: frozenset[str]

    def decision(self, text: str) -> bool | None:
        """Returns True if the whole text agrees, False if it declines, None if it does neither."""
        said = folded(text)
        return True if said in self.yes else False if said in self.no else None


def wishes(languages: Collection[str]) -> Wishes:
    """Returns the words of these languages, English ones if we ship none of them."""
    ours = tuple(sorted(set(languages) & set(shipped()))) or ("en",)
    return _wishes(ours)


@lru_cache(maxsize=100)
def _wishes(languages: tuple[str, ...]) -> Wishes:
    found = [shipped()[language] for language in languages]

    def phrases(kind: str) -> frozenset[str]:
        return frozenset[str]().union(*(each.wishes[kind] for each in found))

    def words(kind: str) -> frozenset[str]:
        return frozenset(word for phrase in phrases(kind) for word in phrase.split())

    around = words("around").union(*(each.polite for each in found))
    declined = phrases("no").union(*(each.commands[Command.CANCEL] for each in found))
    return Wishes(phrases("yes"), declined, words("all"), words("questions"), words("first_person"), around)
