"""The text of a notice without what its page shows by itself: facts, last lines, links.

`Notice.text` is the whole notice, for a reader without structure. Only a line of it that is certainly shown
elsewhere is left out; in doubt it is shown twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.notifiers import Notice

#: Something in front of a line's content that only names it: "Mood: ", "Awa > ", "- ".
_LEAD = re.compile(r"\W*|.{0,60}[:>–-]\s*")


def prose(notice: Notice) -> list[str]:
    """Returns the paragraphs of the text that are not shown elsewhere."""
    shown = {notice.title.strip(), *_shown(notice)} - {""}
    blocks = re.split(r"\n\s*\n", notice.text.strip())
    left = ("\n".join(_unshown(block.splitlines(), shown)) for block in blocks)
    return [paragraph for paragraph in left if paragraph]


def _shown(notice: Notice) -> Iterator[str]:
    """Yields each line of text that the page shows in its own place."""
    texts = [value for _, value in notice.facts]
    texts += [line.text for line in notice.lines]
    texts += [action.url for action in notice.actions]
    texts += [file.url for file in notice.files]
    for text in texts:
        yield from (part.strip() for part in text.splitlines())


def _unshown(lines: list[str], shown: set[str]) -> list[str]:
    kept: list[str] = []
    for line in lines:
        if not _covered(line.strip(), shown):
            kept.append(line)
        elif kept and kept[-1].rstrip().endswith(":"):  # the heading of what is shown elsewhere
            kept.pop()
    return kept


def _covered(line: str, shown: set[str]) -> bool:
    return any(
        line.endswith(content) and _LEAD.fullmatch(line.removesuffix(content)) is not None
        for content in shown
    )
