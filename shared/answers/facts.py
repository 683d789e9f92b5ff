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
from shared.language.commands import Command
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Choice, Part, Text, shortened
from shared.understanding.following import follows
from shared.understanding.questions import halves, sentences

#: The confidence from which a passage is the answer; the mean of several, to questions of their own sentences
#: and to halves of one sentence. Each has half of that at least.
AT_ONCE, TOGETHER, TOGETHER_JOINED = 0.6, 0.45, 0.55
#: The confidence from which a passage is the answer to a question after another one.
FOLLOWED = 0.45
#: The confidence from which a passage is offered, and that of all that are offered together; most of them.
OFFERED, OFFERED_TOGETHER, OFFERS = 0.04, 0.15, 3
_TITLE, _DESCRIPTION = 24, 72
#: From this many sentences on, no sentence is halved.
_LIST = 3


class Facts:
    """Answers every turn from the knowledge, or by saying that it does not know."""

    def __init__(self, grounding: Grounding) -> None:
        self._grounding = grounding

    async def answer(self, asked: Asked) -> Answer | None:
        passages = await self._grounding.passages(asked)
        if names := await self._grounding.unknown_names(asked):
            return await self._unsure(asked, passages, names)
        if several := await self._several(asked):
            return told(asked, several)
        least = FOLLOWED if asked.words.before and follows(asked.words.said) else AT_ONCE
        if passages and passages[0].confidence >= least:
            return told(asked, passages[:1])
        return await self._unsure(asked, passages)

    async def _unsure(self, asked: Asked, passages: Sequence[Passage], names: Sequence[str] = ()) -> Answer:
        """Returns an offer of likely passages, or that it is not known; `names` the knowledge lacks."""
        tenant, language = asked.tenant, asked.words.language
        lacking = text(tenant, language, "nothing_on", names=", ".join(names)) if names else ""
        likely = [passage for passage in passages[:OFFERS] if passage.confidence >= OFFERED]
        if sum(passage.confidence for passage in likely) >= OFFERED_TOGETHER:
            return await self._offered(asked, likely, lacking)
        words = f"{lacking} {text(tenant, language, 'unknown')}".strip()
        return unknown(asked, words, "offline")

    async def entry(self, asked: Asked, entry: str) -> Answer | None:
        """Returns the answer of the entry that the person chose, or None if it is gone."""
        passage = await self._grounding.entry(asked, entry)
        return told(asked, [passage]) if passage else None

    async def _several(self, asked: Asked) -> list[Passage]:
        """Returns one passage for each question of the message, or none if it is one question."""
        asked_apart = sentences(asked.words.said)
        readings = [(asked_apart, TOGETHER)] if len(asked_apart) > 1 else []
        if len(asked_apart) < _LIST:
            readings += [(list(pair), TOGETHER_JOINED) for pair in chain(*map(halves, asked_apart))]
        best: list[Passage] = []
        for questions, least in readings:
            tops = [
                await self._grounding.top(asked, question, before)
                for before, question in zip(["", *questions], questions, strict=False)
            ]
            sure = list({top.id: top for top in tops if top and top.confidence >= least / 2}.values())
            if len(sure) > 1 and _mean(sure) >= max(least, _mean(best)):
                best = sure
        return best

    async def _offered(self, asked: Asked, passages: Sequence[Passage], lacking: str) -> Answer:
        """Returns the questions of the passages as choices, with the choice of a person."""
        questions = [await self._grounding.question(asked, passage) for passage in passages]
        choices = [
            Choice(
                id=f"entry:{passage.id}",
                title=shortened(question, _TITLE),
                description=shortened(question, _DESCRIPTION) if len(question) > _TITLE else "",
            )
            for passage, question in zip(passages, questions, strict=True)
        ]
        human = text(asked.tenant, asked.words.language, "talk")
        choices.append(Choice(id=f"command:{Command.HUMAN}", title=shortened(human, _TITLE)))
        words = f"{lacking} {text(asked.tenant, asked.words.language, 'do_you_mean')}".strip()
        parts = offer(words, choices)
        why = f"offer:{','.join(passage.id for passage in passages)}"
        return Answer([parts] if parts else [], Outcome.ANSWERED, why, asked.words.language)


def _mean(passages: Sequence[Passage]) -> float:
    return sum(each.confidence for each in passages) / len(passages) if passages else 0.0


def told(asked: Asked, passages: Sequence[Passage]) -> Answer:
    """Returns the passages as the answer, one after the other, each with its source."""
    tenant, language = asked.tenant, asked.words.language
    told = [with_sources(tenant, passage.text, [passage], passage.language) for passage in passages]
    if language not in (*tenant.languages, *(passage.language for passage in passages)):
        told.insert(0, text(tenant, language, "foreign"))
    parts: list[Part] = [Text(text="\n\n".join(told))]
    why = f"offline:{','.join(passage.id for passage in passages)}"
    return Answer(parts, Outcome.ANSWERED, why, language)
