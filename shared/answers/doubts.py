"""Doubts: the answer goes out, and the person says whether somebody is in danger, or whether to stop."""

from __future__ import annotations

from dataclasses import replace

from shared.answers import Answer, Asked
from shared.conversation.handoffs import calling
from shared.language.commands import Command
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Choice, Choices, Part, Text
from shared.understanding.reader import Danger

#: The ids of the choices.
DANGER, SAFE, STOP = "doubt:danger", "doubt:safe", f"command:{Command.STOP}"

#: Most characters of a text with choices (models/parts.py).
_LONGEST = 1_024


def with_doubt(asked: Asked, answer: Answer) -> Answer:
    """Returns the answer with a question about the doubt in the turn's words, or the answer as it is.

    In doubt about a danger a human is called too. Nothing is asked twice in a row.
    """
    if not answer.parts or SAFE in {choice.id for choice in asked.conversation.sending.offered}:
        return answer
    if asked.words.danger == Danger.DOUBT:
        parts = _asking(asked, answer, "danger", (DANGER, "danger_yes"), (SAFE, "danger_no"))
        acts = calling(answer.acts, "danger", asked.batch[0].message)
        return replace(answer, parts=parts, outcome=Outcome.HANDED_OFF, why=f"danger:{answer.why}", acts=acts)
    if asked.words.may_opt_out and not answer.acts and not answer.private:
        return replace(
            answer, parts=_asking(asked, answer, "stop_doubt", (STOP, "stop_yes"), (SAFE, "stop_no"))
        )
    return answer


def _asking(asked: Asked, answer: Answer, key: str, *choices: tuple[str, str]) -> list[Part]:
    """Returns the answer's texts with the question and its choices instead of the answer's own.

    They are one message if its text is short enough for choices.
    """
    tenant, language = asked.tenant, asked.words.language
    offered = [Choice(id=id, title=text(tenant, language, title)[:24]) for id, title in choices]
    said = [part for part in answer.parts if isinstance(part, Text)]
    question = text(tenant, language, key)
    together = "\n\n".join([*(part.text for part in said), question])
    if len(together) <= _LONGEST:
        return [Choices(text=together, choices=offered)]
    return [*said, Choices(text=question, choices=offered)]
