"""The text of a page as blocks: paragraphs and lists, for the page and the PDF alike."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

#: The beginning of an item of a list; numbered lines keep their numbers and stay as they are.
_ITEM = re.compile(r"\s{0,8}[-–•*]\s+(?=\S)")
#: Characters that no page shows: controls, and those that turn the direction of the text after them around.
_HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True)
class Block:
    """A paragraph, or a list (`items`): its lines, with our marks for bold and italic."""

    lines: list[str]
    items: bool = False


def blocks(texts: Iterable[str]) -> list[Block]:
    """Returns the blocks of a page's paragraphs; an empty line separates two of them."""
    found: list[Block] = []
    for text in texts:
        open_block = False
        for line in clean(text).split("\n"):
            item = _ITEM.match(line)
            if not line.strip():
                open_block = False
            elif open_block and found[-1].items == bool(item):
                found[-1].lines.append(_words(line, item))
            else:
                found.append(Block([_words(line, item)], items=bool(item)))
                open_block = True
    return found


def clean(text: str) -> str:
    """Returns the text with plain line ends and without harmful characters."""
    return _HARMFUL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Returns the text as one line without harmful characters."""
    return " ".join(clean(text).split())


def _words(line: str, item: re.Match[str] | None) -> str:
    return line[item.end() :].rstrip() if item else line.strip()
