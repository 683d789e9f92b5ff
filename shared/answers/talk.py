"""Answers to small talk: thanks, a greeting, a goodbye, a kind word or a complaint need no knowledge."""

from __future__ import annotations

from shared.answers import Answer, Asked
from shared.language.texts import text
from shared.models.message import Outcome
from shared.models.parts import Text
from shared.understanding.signs import Sign

_TEXTS = {
    Sign.THANKS: "thanks",
    Sign.GREETING: "welcome",
    Sign.GOODBYE: "goodbye",
    Sign.SMALL_TALK: "small_talk",
    Sign.COMPLAINT: "complaint",
}


class Talk:
    """Answers a turn that is small talk and nothing else with a fixed text."""

    async def answer(self, asked: Asked) -> Answer | None:
        if asked.words.talk is None:
            return None
        language = asked.words.language
        words = text(asked.tenant, language, _TEXTS[asked.words.talk])
        if asked.words.talk == Sign.COMPLAINT:  # an unhappy person needs a human, and gets one unasked
            return Answer([Text(text=words)], Outcome.HANDED_OFF, "mood", language, calls=("mood",))
        return Answer([Text(text=words)], Outcome.ANSWERED, f"talk:{asked.words.talk}", language)
