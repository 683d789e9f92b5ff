"""Searches the tenant's knowledge with other words than the person's."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from shared.answers import Asked
from shared.answers.assistant.prompt import shown
from shared.answers.assistant.tools import Arguments, Claim, Result
from shared.answers.grounding import Grounding


class Query(Arguments):
    query: str = Field(
        min_length=2, max_length=300, description="One question, in the words that its answer may have."
    )


class SearchKnowledge:
    name: ClassVar[str] = "search_knowledge"
    description: ClassVar[str] = (
        "Searches what the organisation has published. Use it if the passages that you have do not hold the"
        " answer, once for each question; its passages may be cited as sources."
    )
    arguments: ClassVar[type[Arguments]] = Query
    claims: ClassVar[frozenset[Claim]] = frozenset()

    def __init__(self, grounding: Grounding) -> None:
        self._grounding = grounding

    async def run(self, asked: Asked, arguments: Query) -> Result:
        words = replace(asked.words, said=arguments.query, before="")
        passages = await self._grounding.passages(replace(asked, words=words))
        return Result([shown(passage) for passage in passages], passages=passages)
