"""Evidence: the texts on which an answer may rest, and the facts of the turn that the guards need."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from shared.answers import Asked
from shared.answers.assistant import prompt
from shared.answers.assistant.guards import steering
from shared.answers.assistant.guards.stems import of_all, sentences
from shared.answers.assistant.guards.values import Value, stated
from shared.answers.assistant.tools import Claim
from shared.answers.remembered import Remembered, remembered
from shared.knowledge.passage import Passage
from shared.models.history import Line

#: Most words of a question without its mark.
_FEW = 5


@dataclass(frozen=True)
class Evidence:
    """What a turn found: `passages` are all, `cited` those that the answer names as its sources.

    `results` are the tools' results as JSON, `claims` the acts that tools of this turn back.
    """

    asked: Asked
    passages: Sequence[Passage]
    cited: Sequence[Passage]
    results: Sequence[str] = ()
    claims: frozenset[Claim] = frozenset()

    @cached_property
    def published(self) -> list[str]:
        """The organisation's own words: its name, passages, results, and earlier lines of ours and of staff.

        Earlier lines of ours passed these guards when they were new. Questions state nothing, and sentences
        that try to steer the model are not the organisation's, wherever they stand.
        """
        ours = [line.text for line in self._lines if line.author != "person"]
        found = [f"{passage.topic}\n{passage.text}\n{passage.source}" for passage in self.passages]
        return [self.asked.tenant.name, *map(steering.stating, [*found, *self._told, *ours])]

    @cached_property
    def heard(self) -> list[str]:
        """The person's questions, of this turn and before; a few words are one without its mark.

        All else that a person says is no subject for a sentence of ours: orders least of all.
        """
        found = [each.strip() for text in self._said for each in sentences(text)]
        asked = [each for each in found if each.endswith("?") or len(each.split()) <= _FEW]
        return [each for each in asked if not steering.steers(each)]

    @cached_property
    def published_values(self) -> frozenset[Value]:
        return stated([*self.published, prompt.now(self.asked)])

    @cached_property
    def heard_values(self) -> frozenset[Value]:
        return stated(self._said)

    @cached_property
    def known_stems(self) -> frozenset[str]:
        """The stems of all words that an answer may use as its own subject."""
        return of_all([*self.published, *self.heard])

    @cached_property
    def ordered_stems(self) -> frozenset[str]:
        """The stems of all words in attempts to steer the model."""
        texts = [*(each.text for each in self.passages), *self._told, *self._said]
        signs = [each for text in texts for each in sentences(text) if steering.steers(each)]
        return of_all(signs)

    @cached_property
    def steering_stems(self) -> frozenset[str]:
        """The stems of words that only attempts to steer the model have."""
        return self.ordered_stems - self.known_stems

    @cached_property
    def asked_stems(self) -> frozenset[str]:
        """The stems of all words that a question in an answer may be about: those of questions too."""
        return self.known_stems | of_all(steering.without(each.text) for each in self.passages)

    @cached_property
    def published_stems(self) -> frozenset[str]:
        return of_all(self.published)

    @cached_property
    def cited_apart(self) -> list[frozenset[str]]:
        """The stems of each passage that the answer names, and of each result."""
        cited = [f"{passage.topic}\n{passage.text}" for passage in self.cited]
        return [of_all([steering.stating(text)]) for text in [*cited, *self._told]]

    @cached_property
    def cited_stems(self) -> frozenset[str]:
        """The stems of the passages that the answer names, and of the results."""
        return frozenset[str]().union(*self.cited_apart)

    @cached_property
    def _told(self) -> list[str]:
        """The texts in the tools' results."""
        return ["\n".join(_texts(json.loads(result))) for result in self.results]

    @property
    def _said(self) -> list[str]:
        said = [line.text for line in self._lines if line.author == "person"]
        return [self.asked.words.said, *said, *self._past.facts, *self._past.quoted]

    @property
    def _lines(self) -> Sequence[Line]:
        return self._past.lines

    @cached_property
    def _past(self) -> Remembered:
        """The past as the model sees it."""
        return remembered(self.asked)


def _texts(value: Any) -> Iterator[str]:
    """Yields the texts and numbers in JSON."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif value is not None:
        yield str(value)
