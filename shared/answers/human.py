"""Handing over to a human, always granted if the person asks for one."""

from __future__ import annotations

from shared.answers import Answer, Asked
from shared.answers.apology import waiting
from shared.conversation.handoffs import CallHuman
from shared.models.message import Outcome
from shared.models.parts import Text


class AskedForHuman:
    """Hands the conversation over if the person asks for a human."""

    async def answer(self, asked: Asked) -> Answer | None:
        return hand_over(asked) if asked.words.wants_human else None


def hand_over(asked: Asked) -> Answer:
    """Returns the answer that calls a human because the person wants one."""
    language = asked.words.language
    words = waiting(asked.tenant, language, asked.now)
    act = CallHuman("asked", asked.batch[0].message, asked.words.whom)
    return Answer([Text(text=words)], Outcome.HANDED_OFF, "asked", language, [act])
