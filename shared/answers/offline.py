"""Answers from the knowledge word for word: no model, no key, no network, a few milliseconds.

It is the default, and the last resort if the tenant's model fails. It returns the answer of an entry with its
source, or says that it does not know.
"""

from __future__ import annotations

from shared.answers import Answer, Asked
from shared.answers.grounding import Grounding, with_sources
from shared.answers.unknown import unknown
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Text

#: The confidence from which a passage is an answer: the best balance of right answers and honest refusals
#: in the retrieval evaluation (tests/evals/test_retrieval.py prints both).
THRESHOLD = 0.5


class Offline:
    """Answers every turn: with the best passage, or by saying that it does not know."""

    def __init__(self, grounding: Grounding) -> None:
        self._grounding = grounding

    async def answer(self, asked: Asked) -> Answer | None:
        passages = await self._grounding.passages(asked)
        best = next((passage for passage in passages if passage.confidence >= THRESHOLD), None)
        if best is None:
            return unknown(asked, text(asked.tenant, asked.words.language, "unknown"), "offline")
        words = with_sources(asked.tenant, best.text, [best], best.language)
        why = f"offline:{best.id}"
        return Answer([Text(text=words)], Outcome.ANSWERED, why, asked.words.language)
