"""The light marks of our texts, *bold* and _italic_, in other notations than WhatsApp's own."""

from __future__ import annotations

import html
import re

#: A link stays as it is. A mark opens and closes between words and on one line, as WhatsApp reads it.
_MARKS = re.compile(r"https?://\S+|(?<!\w)([*_])(?=\S)((?:(?!\1).)+)(?<=\S)\1(?!\w)")
_TAGS = {"*": "b", "_": "i"}


def to_html(text: str) -> str:
    """The text with `<b>` and `<i>`, well nested; all that is no mark is escaped, so any text is valid."""
    written, at = [], 0
    for match in _MARKS.finditer(text):
        if tag := _TAGS.get(match[1]):
            before = html.escape(text[at : match.start()], quote=False)
            written += [before, f"<{tag}>{to_html(match[2])}</{tag}>"]
            at = match.end()
    return "".join([*written, html.escape(text[at:], quote=False)])
