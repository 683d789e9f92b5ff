"""HTML: the main part of a page, without navigation, forms and hidden text.

Markdown and DOCX come here too, as HTML (markdown.py, docx.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from shared.formats.files import Unreadable, decoded
from shared.knowledge.reading import BLOCKS, Block
from shared.knowledge.reading.rows import as_text, headed

_HEADING = re.compile(r"h([1-6])")
#: Elements without words for readers, and those around the main part of a page.
_DROPPED = (
    "script,style,noscript,template,nav,form,button,select,iframe,svg,canvas,object,dialog,[hidden],"
    '[aria-hidden="true"],[style*="display:none"],[style*="display: none"],[style*="visibility:hidden"]'
)
_AROUND = "header,footer,aside"
#: Elements that begin a line of their own.
_LINES = frozenset(
    "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer "
    "header hr li main ol p pre section summary table tbody td tfoot th thead tr ul br".split()
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
#: Bytes of a page that may declare its encoding (HTML standard, 13.2.3.2).
_PRESCAN = 1_024


def read(data: bytes) -> Iterator[Block]:
    """Yields the blocks of a page. Raises Unreadable if it has no text."""
    declared = _META_CHARSET.search(data[:_PRESCAN])
    return blocks(decoded(data, declared[1].decode() if declared else ""))


def blocks(html: str) -> Iterator[Block]:
    """Yields the blocks of an HTML text. Raises Unreadable if it has no text."""
    parser = LexborHTMLParser(html)
    root = parser.css_first("main") or parser.css_first("article") or parser.body
    if root is not None:
        for each in root.css(_DROPPED if root.tag != "body" else f"{_DROPPED},{_AROUND}"):
            each.decompose()
    found = list(islice(_Walk().blocks(root), BLOCKS)) if root is not None else []
    if not any(block.text for block in found):
        raise Unreadable("has no text of its own (it may be made by a script): give another page, or a file")
    yield from found


class _Walk:
    """A walk through a page in the order of its text, with the headings above each place."""

    def __init__(self) -> None:
        self._titles: list[tuple[int, str]] = []
        self._line: list[str] = []

    def blocks(self, root: LexborNode) -> Iterator[Block]:
        """Yields a block for each line, heading apart, and for each row of a table.

        It keeps its own stack: a page may be nested deeper than Python's.
        """
        stack: list[LexborNode | None] = [root]
        while stack:
            node = stack.pop()
            if node is None:
                yield from self._end()
            elif node.tag == "-text":
                self._line.append(node.text_content or "")
            elif level := _HEADING.fullmatch(node.tag or ""):
                yield from self._end()
                self._enter(int(level[1]), _plain(node.text()))
            elif node.tag == "table" and node.css_first("table table") is None and node.css("td,th"):
                yield from self._end()
                yield from self._table(node)
            else:
                own_line = node.tag in _LINES
                if own_line:
                    yield from self._end()
                    stack.append(None)
                if node.tag == "li":
                    self._line.append("- ")
                children = list(node.iter(include_text=True))
                stack.extend(reversed(children))
        yield from self._end()

    def _end(self) -> Iterator[Block]:
        text = _plain("".join(self._line))
        self._line = []
        if text and text != "-":
            yield Block(self._path(), text)

    def _enter(self, level: int, title: str) -> None:
        while self._titles and self._titles[-1][0] >= level:
            self._titles.pop()
        if title:
            self._titles.append((level, title))

    def _path(self) -> tuple[str, ...]:
        return tuple(title for _, title in self._titles)

    def _table(self, table: LexborNode) -> Iterator[Block]:
        rows = [
            [_plain(cell.text(separator=" ")) for cell in row.css("td,th")]
            for row in islice(table.css("tr"), BLOCKS)
        ]
        first = table.css_first("tr")
        marked = first is not None and first.css_first("td") is None
        headers, rest = headed([row for row in rows if any(row)], marked=marked)
        for row in rest:
            if text := as_text(headers, row):
                yield Block(self._path(), text)


def _plain(text: str) -> str:
    return " ".join(text.split())
