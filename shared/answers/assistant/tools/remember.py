"""Remembers a preference that the person stated, in the person's own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar

from pydantic import Field

from shared.answers import Asked
from shared.answers.assistant.guards.steering import steers
from shared.answers.assistant.tools import Arguments, Claim, Refused, Result
from shared.conversation.acts import Act
from shared.language.folding import folded

#: As long as the number of a card or an account; a telephone number is shorter.
_NUMBER = re.compile(r"(?:\d[ .-]?){13,}")


class Words(Arguments):
    words: str = Field(
        min_length=3,
        max_length=200,
        description="The person's own words that state it, copied exactly from `message`.",
    )


class Remember:
    """Remembers only the person's own words of this turn: no passage, no result and no model invents a fact.

    `act` makes the act that keeps a fact about the person of the turn.
    """

    name: ClassVar[str] = "remember"
    description: ClassVar[str] = (
        "Keeps a lasting preference or need that the person states about themselves in `message` (a diet, an"
        " allergy, how to be addressed). Never for questions, and never for secrets or card numbers."
    )
    arguments: ClassVar[type[Arguments]] = Words
    claims: ClassVar[frozenset[Claim]] = frozenset({Claim.NOTED})

    def __init__(self, act: Callable[[str], Act]) -> None:
        self._act = act

    async def run(self, asked: Asked, arguments: Words) -> Result:
        words, said = folded(arguments.words), folded(asked.words.said)
        if not words or f" {words} " not in f" {said} ":
            raise Refused("These are not the person's own words of this message.")
        if steers(arguments.words) or _NUMBER.search(arguments.words):
            raise Refused("Orders and long numbers are not remembered.")
        return Result("It will be remembered.", acts=[self._act(arguments.words)])
