"""Answers to a question without a known answer; the second one in a row calls a human unasked."""

from __future__ import annotations

from shared.answers import Answer, Asked
from shared.answers.apology import apology
from shared.conversation.gaps import NoteGap
from shared.conversation.session import CountMiss
from shared.models.message import Outcome
from shared.models.parts import Text

#: Number of questions in a row without an answer that calls a human.
MISSES = 2


def unknown(asked: Asked, words: str, by: str) -> Answer:
    """Returns `words`, which say that the answer is not known; after MISSES an apology and a call.

    Either way the question is noted as a gap of the tenant's knowledge.
    """
    language = asked.words.language
    gap = NoteGap(asked.words.said, language)
    if asked.conversation.session.misses + 1 < MISSES:
        return Answer([Text(text=words)], Outcome.ANSWERED, f"{by}:unknown", language, [CountMiss(), gap])
    sorry = apology(asked.tenant, language)
    return Answer([Text(text=sorry)], Outcome.HANDED_OFF, "no_answer", language, [gap], calls=("no_answer",))
