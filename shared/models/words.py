"""The words in a message."""

from __future__ import annotations

from shared.models.message import Inbound
from shared.models.parts import Media, Part, Pressed, Text


def words_of(message: Inbound) -> str:
    """Returns the person's words in a message: text, captions of files, titles of choices."""
    return "\n".join(words for part in message.parts if (words := _words(part)))


def _words(part: Part) -> str:
    match part:
        case Text():
            return part.text
        case Media():
            return part.caption
        case Pressed():
            return part.title or part.id
    return ""
