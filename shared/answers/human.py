"""Handing over to a human, always granted if the person asks for one."""

from __future__ import annotations

from shared.answers import Answer, Asked
from shared.conversation.conversation import State
from shared.conversation.handoffs import AddToRequest
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Text


class AskedForHuman:
    """Hands the conversation over if the person asks for a human."""

    async def answer(self, asked: Asked) -> Answer | None:
        return hand_over(asked) if asked.words.wants_human else None


class Missing:
    """Takes the person's answer to the question for their name or subject, and passes it on to the staff."""

    async def answer(self, asked: Asked) -> Answer | None:
        conversation = asked.conversation
        if not conversation.staff.asked or conversation.state != State.WAITING:
            return None
        language = asked.words.language
        words = text(asked.tenant, language, "handoff_added")
        return Answer([Text(text=words)], Outcome.HANDED_OFF, "added", language, [AddToRequest()])


def hand_over(asked: Asked) -> Answer:
    """Returns the answer that calls a human because the person wants one."""
    return Answer([], Outcome.HANDED_OFF, "asked", asked.words.language, calls=("asked",))
