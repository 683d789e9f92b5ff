"""Facts of the tenant's knowledge, word for word: no model, no key, no network, a few milliseconds.

A fact that is likely right is the answer. Where it may be one of two or three, the person chooses. Otherwise
we say that we do not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from shared.answers import Answer, Asked
from shared.answers.grounding import Grounding, with_sources
from shared.answers.menu import offer
from shared.answers.unknown import unknown
from shared.knowledge.passage import Passage
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Choice, Part, Text, shortened
from shared.understanding.questions import halves, sentences

#: The confidence from which a passage is an answer, in a message of its own and beside another question's.
AT_ONCE, BESIDE = 0.55, 0.45
#: The confidence from which a passage is offered, and that of all that are offered together; most of them.
OFFERED, OFFERED_TOGETHER, OFFERS = 0.04, 0.15, 3
_TITLE, _DESCRIPTION = 24, 72


class Facts:
    """Answers every turn from the knowledge, or by saying that it does not know."""

    def __init__(self, grounding: Grounding) -> None:
        self._grounding = grounding

    async def answer(self, asked: Asked) -> Answer | None:
        passages = await self._grounding.passages(asked)
        several = await self._several(asked)
        if several:
            return _told(asked, several)
        if passages and passages[0].confidence >= AT_ONCE:
            return _told(asked, passages[:1])
        likely = [passage for passage in passages[:OFFERS] if passage.confidence >= OFFERED]
        if sum(passage.confidence for passage in likely) >= OFFERED_TOGETHER:
            return await self._offered(asked, likely)
        return unknown(asked, text(asked.tenant, asked.words.language, "unknown"), "offline")

    async def entry(self, asked: Asked, entry: str) -> Answer | None:
        """Returns the answer of the entry that the person chose, or None if it is gone."""
        passage = await self._grounding.entry(asked, entry)
        return _told(asked, [passage]) if passage else None

    async def _several(self, asked: Asked) -> list[Passage]:
        """Returns one passage for each question of the message, or none if it is one question."""
        found = sentences(asked.words.said)
        readings = [found] if len(found) > 1 else []
        readings += [list(pair) for pair in chain(*map(halves, found))] if len(found) < 3 else []
        best: list[Passage] = []
        for reading in readings:
            tops = [await self._grounding.top(asked, question) for question in reading]
            sure = list({top.id: top for top in tops if top and top.confidence >= BESIDE}.values())
            if len(sure) > 1 and sum(each.confidence for each in sure) > sum(
                each.confidence for each in best
            ):
                best = sure
        return best

    async def _offered(self, asked: Asked, passages: Sequence[Passage]) -> Answer:
        """Returns the questions of the passages as choices."""
        questions = [await self._grounding.question(asked, passage) for passage in passages]
        choices = [
            Choice(
                id=f"entry:{passage.id}",
                title=shortened(question, _TITLE),
                description=shortened(question, _DESCRIPTION) if len(question) > _TITLE else "",
            )
            for passage, question in zip(passages, questions, strict=True)
        ]
        listed = "\n".join(f"{place}. {question}" for place, question in enumerate(questions, start=1))
        words = text(asked.tenant, asked.words.language, "do_you_mean")
        parts = offer(f"{words}\n{listed}", choices)
        why = f"offer:{','.join(passage.id for passage in passages)}"
        return Answer([parts] if parts else [], Outcome.ANSWERED, why, asked.words.language)


def _told(asked: Asked, passages: Sequence[Passage]) -> Answer:
    """Returns the passages as the answer, one after the other, each with its source."""
    tenant, language = asked.tenant, asked.words.language
    told = [with_sources(tenant, passage.text, [passage], passage.language) for passage in passages]
    if language not in (*tenant.languages, *(passage.language for passage in passages)):
        told.insert(0, text(tenant, language, "foreign"))
    parts: list[Part] = [Text(text="\n\n".join(told))]
    why = f"offline:{','.join(passage.id for passage in passages)}"
    return Answer(parts, Outcome.ANSWERED, why, language)
