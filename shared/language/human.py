"""Recognition of a wish to speak to a human, before any model is asked.

`human` in a language's file lists groups: ways to ask (`say`), and the persons that may follow (`to`); in a
group without `to`, a way to ask is complete. In a pattern, `a|b` is either word, `[a|b]` either or neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from shared.language.commands import Command, command
from shared.language.folding import folded
from shared.language.languages import shipped

#: Most characters of a text that are read: the length of the longest WhatsApp message.
LIMIT = 4_096


@dataclass(frozen=True)
class _Requests:
    """The ways to ask in all languages, folded.

    `to` has the persons that may follow each way to ask; `first` the first word of each way; `longest` is the
    number of words in the longest phrase.
    """

    to: Mapping[str, frozenset[str]]
    first: frozenset[str]
    longest: int


def asks_for_human(text: str) -> bool:
    """Whether the text asks to speak to a person, or is only a word for one, with polite words or without."""
    words = folded(text[:LIMIT]).split()
    bare = " ".join(word for word in words if word not in _polite())
    return command(bare) == Command.HUMAN or any(_asked_from(place, words) for place in range(len(words)))


def named(text: str) -> str:
    """Returns the person or function after a title in the text ("mme Félicité", "the doctor"), or ""."""
    written = text[:LIMIT].split()
    for place, word in enumerate(written[:-1]):
        if folded(word) in _titles() and (name := written[place + 1].strip(".,;:!?…")):
            return f"{word} {name}"
    return ""


@cache
def _titles() -> frozenset[str]:
    short = frozenset(
        {"mme", "mlle", "mr", "mrs", "ms", "dr", "m", "pere", "soeur", "father", "sister", "imam"}
    )
    return short.union(*(language.titles for language in shipped().values()))


def _asked_from(place: int, words: Sequence[str]) -> bool:
    """Whether a way to ask begins at this word."""
    requests = _requests()
    return words[place] in requests.first and any(
        person in requests.to[said]
        for end, said in _phrases(words, place)
        if said in requests.to
        for _, person in [(end, ""), *_phrases(words, end)]
    )


def _phrases(words: Sequence[str], place: int) -> Iterator[tuple[int, str]]:
    """Yields the phrases that begin at `place`, shortest first, each with the place after it."""
    for end in range(place + 1, min(len(words), place + _requests().longest) + 1):
        yield end, " ".join(words[place:end])


@cache
def _requests() -> _Requests:
    to: dict[str, frozenset[str]] = {}
    for group in (group for language in shipped().values() for group in language.human):
        persons = frozenset(_written(group["to"])) if "to" in group else frozenset({""})
        for said in _written(group["say"]):
            to[said] = to.get(said, frozenset()) | persons
    phrases = {*to, *(person for persons in to.values() for person in persons)}
    longest = max(len(phrase.split()) for phrase in phrases)
    return _Requests(to, frozenset(said.split()[0] for said in to), longest)


def _written(patterns: Sequence[str]) -> Iterator[str]:
    """Yields every phrase that matches the patterns, folded."""
    for pattern in patterns:
        steps = [_either(step) for step in pattern.split()]
        yield from (folded(" ".join(chosen)) for chosen in product(*steps))


def _either(step: str) -> list[str]:
    optional = [""] if step.startswith("[") else []
    return [*optional, *step.strip("[]").split("|")]


@cache
def _polite() -> frozenset[str]:
    return frozenset[str]().union(*(language.polite for language in shipped().values()))
