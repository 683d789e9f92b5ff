"""Answers to a turn without words: stickers, emoji, files, places."""

from __future__ import annotations

from collections.abc import Sequence

from shared.answers import Answer, Asked
from shared.language.texts import text
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media, Text
from shared.models.words import words_of


class Wordless:
    """Answers a file or a place with the text that it cannot be read.

    A sticker or an emoji gets the welcome if it begins the conversation, and silence otherwise.
    """

    async def answer(self, asked: Asked) -> Answer | None:
        if any(character.isalnum() for character in asked.words.said):
            return None
        language = asked.words.language
        small = _only_stickers(asked.batch) or all(words_of(message) for message in asked.batch)
        if small and asked.conversation.history:
            return Answer([], Outcome.SUPPRESSED, "no_words", language)
        key, why = ("welcome", "greeting") if small else ("unreadable", "unreadable")
        words = text(asked.tenant, language, key)
        return Answer([Text(text=words)], Outcome.ANSWERED, why, language)


def _only_stickers(batch: Sequence[Inbound]) -> bool:
    return all(
        not message.parts or all(isinstance(part, Media) and part.kind == "sticker" for part in message.parts)
        for message in batch
    )
