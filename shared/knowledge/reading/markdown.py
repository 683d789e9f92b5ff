"""Markdown (CommonMark with tables), read as the HTML that it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from shared.formats.files import decoded
from shared.knowledge.reading import Block, html

#: Metadata before the text: https://jekyllrb.com/docs/front-matter/
_FRONT_MATTER = re.compile(r"\A---\n.{0,20000}?\n(?:---|\.\.\.)\s*\n", re.DOTALL)


def read(data: bytes) -> Iterator[Block]:
    """Yields the blocks of a Markdown text. Raises Unreadable if it has none."""
    text = _FRONT_MATTER.sub("", decoded(data), count=1)
    return html.blocks(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text))
