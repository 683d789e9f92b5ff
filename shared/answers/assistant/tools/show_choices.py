"""Shows the person choices to press; the one that they choose is their next message."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from shared.answers import Asked
from shared.answers.assistant.tools import Arguments, Claim, Refused, Result
from shared.language.commands import CONSENTS, command
from shared.language.folding import folded

_Title = Annotated[str, StringConstraints(min_length=1, max_length=24)]


class Titles(Arguments):
    titles: list[_Title] = Field(
        min_length=2,
        max_length=10,
        description="The choices, in the person's language, each as they would write it.",
    )


class ShowChoices:
    name: ClassVar[str] = "show_choices"
    description: ClassVar[str] = (
        "Shows choices under your answer, if the person has to choose among things of the passages. The"
        " answer then asks the question."
    )
    arguments: ClassVar[type[Arguments]] = Titles
    claims: ClassVar[frozenset[Claim]] = frozenset()

    async def run(self, _: Asked, arguments: Titles) -> Result:
        titles = {folded(title): title for title in arguments.titles}
        if len(titles) < len(arguments.titles) or "" in titles:
            raise Refused("The choices must differ, and have words.")
        if any(command(title) in CONSENTS for title in titles.values()):
            raise Refused("A choice must not end or begin the person's consent.")
        return Result("The choices will be shown.", choices=list(titles.values()))
