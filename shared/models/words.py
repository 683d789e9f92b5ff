"""The words in a message, and how fixed words are compared with them."""

from __future__ import annotations

import re
import unicodedata

from shared.models.message import Inbound
from shared.models.parts import Media, Part, Pressed, Text

_WORD = re.compile(r"\w+")


def words_of(message: Inbound) -> str:
    """The person's words in a message: its text, a file's caption, the title of what they chose."""
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


def folded(text: str) -> str:
    """Lower case, without accents, words by single spaces: how fixed words are compared."""
    plain = text.casefold()
    if not plain.isascii():
        marked = unicodedata.normalize("NFKD", plain)
        plain = "".join(character for character in marked if not unicodedata.combining(character))
    return " ".join(_WORD.findall(plain))
