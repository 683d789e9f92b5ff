"""The words in a message."""

from __future__ import annotations

from collections.abc import Sequence

from shared.models.message import Inbound
from shared.models.parts import Media, Part, Pressed, Text


def words_of(message: Inbound) -> str:
    """Returns the person's words in a message: text, captions, words of voice notes, titles of choices."""
    return words(message.parts)


def words(parts: Sequence[Part]) -> str:
    """Returns the person's words in the parts of a message."""
    return "\n".join(found for part in parts if (found := _words(part)))


def _words(part: Part) -> str:
    match part:
        case Text():
            return part.text
        case Media():
            return "\n".join(filter(None, (part.caption, part.heard)))
        case Pressed():
            return part.title or part.id
    return ""
