"""The service or action that a message asks for by its words.

A question of many people ("when are the fees due?") stays with the knowledge. A wish has the words of one
service, and little else that has content; or it is the person's own ("the marks of my daughter in maths").
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from shared.answers import Asked
from shared.answers.services import offering, wording
from shared.language.content import content, has_content
from shared.language.folding import folded
from shared.language.typos import SHORTEST, alike
from shared.language.wishes import Wishes, wishes
from shared.models.service import Action, Offered
from shared.models.verification import Linked, Verified

#: Most words of a wish: a longer message tells a story.
LONGEST = 30
#: The least share of the words with content that an action's words are in a wish with others.
_SHARE = 2 / 3
#: Most words that neither we nor the knowledge know: a name and a surname.
_NAMES = 2


@dataclass(frozen=True)
class Meant:
    """A service, or an action with those of the person's own that the message names (`named`; `all` of them).

    `strange` if it names somebody else.
    """

    service: str = ""
    action: str = ""
    named: Sequence[Linked] = ()
    all: bool = False
    strange: bool = False


class Meaning:
    """Finds the wish in words. `lacking` returns those words that the tenant's knowledge does not have."""

    def __init__(self, lacking: Callable[[Asked, Sequence[str]], Awaitable[Collection[str]]]) -> None:
        self._lacking = lacking

    async def of(self, asked: Asked, verified: Verified | None) -> Meant | None:
        """Returns the service or action that the turn's words ask for, None if they ask for none."""
        said = _said(asked, asked.words.said)
        if not 0 < len(said.words) <= LONGEST:
            return None
        found = [each.covering(said) for each in _candidates(asked, verified)]
        for each in sorted(found, key=lambda each: each.weight, reverse=True):
            if each.covered and (meant := await self._wish(asked, said, each)) is not None:
                return meant
        return _shown(asked, found, said)

    async def _wish(self, asked: Asked, said: Said, found: _Candidate) -> Meant | None:
        """Returns the meaning of a message that has the words of a candidate, None if it asks something
        else."""
        named = named_in(found.own, said)
        every = bool(found.own) and not said.wishes.all.isdisjoint(said.words)
        meant = replace(found.meant, named=named, all=every)
        if found.exact:
            return meant
        mine = said.personal or bool(named)
        if not found.known and (said.asks - found.covered or (said.questioning and not mine)):
            return None
        rest = said.content - found.covered - said.naming(named) - (said.wishes.all if every else frozenset())
        if not rest:
            return meant
        action = asked.tenant.actions.get(found.meant.action)
        if action is None:
            return None
        if mine and len(found.covered) >= _SHARE * len(found.covered | rest):
            return meant
        if action.each is None or len(rest) > _NAMES or said.asks & rest:
            return None
        strange = rest <= set(await self._lacking(asked, sorted(rest)))
        return replace(meant, strange=not named) if strange else None


def _shown(asked: Asked, candidates: Sequence[_Candidate], said: Said) -> Meant | None:
    """Returns the proven person's action whose phrases alone have all words of the message ("the invoice" for
    "My invoice"). A change is asked for by its whole name."""
    found = [each for each in candidates if each.holds(said)]
    if len(found) != 1 or not found[0].known or said.asks:
        return None
    (only,) = found
    if asked.tenant.actions[only.meant.action].changes is not None:
        return None
    every = not said.wishes.all.isdisjoint(said.words)
    return replace(only.meant, named=named_in(only.own, said), all=every)


def named_in(own: Sequence[Linked], said: Said) -> list[Linked]:
    """Returns those of the person's own that the message names best, none if it names none."""
    scores = [len(said.naming([each])) for each in own]
    best = max(scores, default=0)
    return [each for each, score in zip(own, scores, strict=True) if best and score == best]


def chosen_of(asked: Asked, own: Sequence[Linked]) -> tuple[list[Linked], bool] | None:
    """Returns those of the person's own that a short answer names, and whether it wants all of them; None if
    it says something else."""
    said = _said(asked, asked.words.said)
    named, every = named_in(own, said), not said.wishes.all.isdisjoint(said.words)
    rest = said.content - said.naming(named) - said.wishes.all
    return (named, every) if (named or every) and not rest else None


def named_before(asked: Asked, own: Sequence[Linked]) -> list[Linked]:
    """Returns those of the person's own that they named with their wish, in the last line before the code."""
    said = [line.text for line in asked.conversation.history if line.author == "person"]
    lines = [text for text in said if has_content(text)]  # codes are concealed
    return named_in(own, _said(asked, lines[-1])) if lines else []


def _said(asked: Asked, text: str) -> Said:
    return Said(text, wishes([asked.words.language, *asked.tenant.languages]))


class Said:
    """The words of a message: `words` all of them, folded; `content` those that count."""

    def __init__(self, text: str, wishes: Wishes) -> None:
        self.wishes = wishes
        self.words = folded(text).split()
        self.questioning = "?" in text or "؟" in text
        self.content = counted(self.words, wishes)

    def naming(self, own: Sequence[Linked]) -> frozenset[str]:
        """Returns the words that name one of these."""
        names = {word for each in own for word in folded(wording.called(each)).split()}
        return frozenset(word for word in self.words if any(_same(word, name) for name in names))

    @cached_property
    def personal(self) -> bool:
        """Whether it is about the person themself ("my", "I would like")."""
        return not self.wishes.first_person.isdisjoint(self.words)

    @cached_property
    def asks(self) -> frozenset[str]:
        """The words of a question for a time, a place, a way or a reason."""
        return self.wishes.questions & frozenset(self.words)


@dataclass(frozen=True)
class _Candidate:
    """A service or an action with its phrases; `known` if the person has proven the right to it.

    `covered` are the words of a message that one of its phrases covers, `exact` if it is the whole message.
    """

    meant: Meant
    phrases: Sequence[str]
    own: Sequence[Linked] = ()
    known: bool = False
    covered: frozenset[str] = frozenset()
    exact: bool = False

    @property
    def weight(self) -> tuple[bool, int, bool]:
        """The order among candidates: the whole message, most words, a proven right."""
        return self.exact, len(self.covered), self.known

    def covering(self, said: Said) -> _Candidate:
        """Returns the candidate with the words that its best phrase covers."""
        phrases = [_phrase(text, said.wishes) for text in self.phrases]
        covered = max((_covered(each, said) for each in phrases), key=len, default=frozenset[str]())
        return replace(self, covered=covered, exact=any(each.words == said.words for each in phrases))

    def holds(self, said: Said) -> bool:
        """Whether the phrases have all words with content but the names of the person's own."""
        rest = said.content - said.naming(self.own) - (said.wishes.all if self.own else frozenset())
        ours = [word for phrase in self.phrases for word in folded(phrase).split()]
        return bool(rest) and all(any(_same(word, one) for one in ours) for word in rest)


def counted(words: Sequence[str], wishes: Wishes) -> frozenset[str]:
    """Returns the words with content, without those around a wish, with those of a question."""
    telling = content(" ".join(words))
    return frozenset(
        word for word in words if word in wishes.questions or (word in telling and word not in wishes.around)
    )


class _Phrase(NamedTuple):
    """A phrase of a tenant: its words, those with content, and whether it says "my"."""

    words: list[str]
    content: frozenset[str]
    own: bool


@lru_cache(maxsize=10_000)
def _phrase(text: str, wishes: Wishes) -> _Phrase:
    words = folded(text).split()
    return _Phrase(words, counted(words, wishes), not wishes.first_person.isdisjoint(words))


def _covered(phrase: _Phrase, said: Said) -> frozenset[str]:
    """Returns the words of a message that a phrase covers, none if it is not in the message.

    A phrase that says "my", or that has no word with content, counts only as it is written.
    """
    if phrase.words == said.words:
        return frozenset(said.words)
    if not phrase.content or phrase.own:
        return said.content & frozenset(phrase.words) if _contains(said.words, phrase.words) else frozenset()
    found = frozenset[str]()
    for word in phrase.content:
        same = {other for other in said.content if _same(word, other)}
        if not same:
            return frozenset()
        found |= same
    return found


def _same(one: str, other: str) -> bool:
    """Whether two words are the same, or long ones but for a typo: "je note" is no wish for "notes"."""
    return one == other or (min(len(one), len(other)) >= SHORTEST and alike(one, other))


def _contains(words: Sequence[str], phrase: Sequence[str]) -> bool:
    size = len(phrase)
    return any(
        all(_same(one, other) for one, other in zip(words[start : start + size], phrase, strict=True))
        for start in range(len(words) - size + 1)
    )


def _candidates(asked: Asked, verified: Verified | None) -> Iterator[_Candidate]:
    """Yields the services that the person is offered here, and the actions that these lead to."""
    for name, service in offering.services(asked).items():
        yield _Candidate(Meant(service=name), _phrases(service))
    mine: Mapping[str, Action] = offering.theirs(asked, verified)
    for name, action in asked.tenant.actions.items():
        if name in mine and verified is not None:
            own = wording.own(verified, action)
            yield _Candidate(Meant(action=name), _phrases(action), own, known=True)
        elif offering.profiles(asked, name):
            yield _Candidate(Meant(action=name), _phrases(action))


def _phrases(offered: Offered) -> list[str]:
    """Returns the phrases of a thing in all of the tenant's languages: people mix them."""
    phrases = [phrase for words in offered.words.values() for phrase in words]
    return [*offered.names.values(), *phrases]
