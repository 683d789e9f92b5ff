"""Plain text: paragraphs, set apart by empty lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from shared.formats.files import Unreadable, decoded
from shared.knowledge.reading import BLOCKS, Block

_PARAGRAPH = re.compile(r"\n\s*\n")


def read(data: bytes) -> Iterator[Block]:
    """Yields the paragraphs of a text. Raises Unreadable if it is empty or no text."""
    paragraphs = [each.strip() for each in _PARAGRAPH.split(decoded(data))]
    found = [each for each in paragraphs if each]
    if not found:
        raise Unreadable("is empty: fill it, or remove it")
    return (Block((), each) for each in islice(found, BLOCKS))
