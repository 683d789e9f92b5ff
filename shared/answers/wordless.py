"""Answers to a turn without words: stickers, emoji, files, places."""

from __future__ import annotations

from collections.abc import Sequence

from shared.answers import Answer, Answerer, Asked
from shared.answers.heard import UNHEARD, unheard
from shared.answers.reading_files import readable
from shared.language.texts import text
from shared.models.message import Inbound, Outcome
from shared.models.parts import Media, Text
from shared.models.words import words_of


class Wordless:
    """Leaves pictures and documents to `reader`, an answerer that may read them.

    Without an answer of it, a file or a place is answered with the text that it cannot be read. A sticker or
    an emoji gets the welcome if it begins the conversation, and silence otherwise.
    """

    def __init__(self, reader: Answerer) -> None:
        self._reader = reader

    async def answer(self, asked: Asked) -> Answer | None:
        if any(character.isalnum() for character in asked.words.said):
            return None
        if readable(asked.batch) and (answer := await self._reader.answer(asked)):
            return answer
        language = asked.words.language
        if missed := unheard(asked.batch):
            words = text(asked.tenant, language, missed)
            return Answer([Text(text=words)], Outcome.ANSWERED, UNHEARD, language)
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
