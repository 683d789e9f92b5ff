"""The words in a message, and how fixed words are compared with them."""

from __future__ import annotations

import re
import unicodedata

from shared.models.message import Inbound
from shared.models.parts import Media, Text

_WORD = re.compile(r"\w+")


def words_of(message: Inbound) -> str:
    """The person's words in a message: its text, or a file's caption."""
    texts = [
        part.text if isinstance(part, Text) else part.caption
        for part in message.parts
        if isinstance(part, Text | Media)
    ]
    return "\n".join(text for text in texts if text)


def folded(text: str) -> str:
    """Lower case, without accents, words by single spaces: how fixed words are compared."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))
