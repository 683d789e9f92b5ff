"""The text of an HTML mail, for a mail without a plain part. Quoted passages get their `>`."""

from __future__ import annotations

import re
from html.parser import HTMLParser

#: Elements that begin a line, and those whose content is no text.
_BLOCKS = frozenset("p div br tr li ul ol table h1 h2 h3 h4 h5 h6 blockquote hr pre".split())
_SILENT = frozenset(("style", "script", "title", "head"))
#: Most characters of a page that are read.
_LIMIT = 500_000


def from_html(html: str) -> str:
    """Returns the page's text, one line for each block."""
    reader = _Reader()
    reader.feed(html[:_LIMIT])
    reader.close()
    return "\n".join(line.rstrip() for line in "".join(reader.pieces).split("\n")).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._quotes = 0
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "blockquote":
            self._quotes += 1
        if tag in _BLOCKS:
            self._break()
        if tag in _SILENT:
            self._silent += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._quotes = max(0, self._quotes - 1)
        if tag in _BLOCKS:
            self._break()
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(re.sub(r"\s+", " ", data))

    def _break(self) -> None:
        self.pieces.append("\n" + "> " * min(self._quotes, 3))
