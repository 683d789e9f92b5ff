"""The pieces of an entry, each compared with a question.

They are its own questions, the sentences of its answers, all questions together and all of the entry
together: a question in other words is nearer to the whole than to a part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shared.models.tenant import KnowledgeEntry

#: Least letters of a sentence; shorter ones are parts of a list or a greeting.
_SENTENCE = 15
_END = re.compile(r"(?<=[.!?…:;؟])\s+")

Kind = Literal["question", "answer", "questions", "whole"]


@dataclass(frozen=True)
class Piece:
    kind: Kind
    text: str


def pieces(entry: KnowledgeEntry) -> Iterator[Piece]:
    """Yields the pieces of all languages, in the same order for the same words."""
    for language in sorted(entry.wordings):
        wording, topic = entry.wordings[language], entry.topic.get(language, "")
        for question in wording.questions:
            yield Piece("question", question)
        for sentence in _END.split(wording.answer.replace("*", "")):
            if len(sentence) > _SENTENCE:
                yield Piece("answer", f"{topic}: {sentence}" if topic else sentence)
        questions = " ".join(wording.questions)
        yield Piece("questions", questions)
        yield Piece("whole", f"{topic} {questions} {wording.answer}".strip())
