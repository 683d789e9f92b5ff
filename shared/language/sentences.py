"""Sentences of a text as people type it: a line ends one too."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?…؟])\s+|\n+")


def sentences(text: str, words: int) -> list[str]:
    """Returns the sentences of at least this many words."""
    return [part for part in _END.split(text) if len(part.split()) >= words]
