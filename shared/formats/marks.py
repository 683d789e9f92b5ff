"""Marks in texts: ours are WhatsApp's *bold* and _italic_; conversion to HTML and from Markdown."""

from __future__ import annotations

import html
import re

#: A link stays as it is. A mark opens and closes between words and on one line, as WhatsApp reads it.
_MARKS = re.compile(r"https?://\S+|(?<!\w)([*_])(?=\S)((?:(?!\1).)+)(?<=\S)\1(?!\w)")
_TAGS = {"*": "b", "_": "i"}
#: Markdown that models write even if told not to (https://spec.commonmark.org): bold, a heading, an item of a
#: list, a link with its words.
_MARKDOWN = re.compile(
    r"https?://\S+"
    r"|(?<!\w)(?P<mark>\*\*|__)(?=[^\s*_])(?P<bold>[^\n*_]{1,500})(?<=\S)(?P=mark)(?!\w)"
    r"|^ {0,3}#{1,6} +(?P<heading>[^\n#*_]{1,200}?) *#* *$"
    r"|^(?P<indent> {0,8})[*+] +(?=\S)"
    r"|(?<!!)\[(?P<words>[^\[\]\n]{1,200})\]\((?P<link>https?://[^\s()]{1,500})\)",
    re.MULTILINE,
)


def to_html(text: str) -> str:
    """Returns the text with `<b>` and `<i>`, well nested, and everything else escaped: always valid HTML."""
    written, at = [], 0
    for match in _MARKS.finditer(text):
        if tag := _TAGS.get(match[1]):
            before = html.escape(text[at : match.start()], quote=False)
            written += [before, f"<{tag}>{to_html(match[2])}</{tag}>"]
            at = match.end()
    return "".join([*written, html.escape(text[at:], quote=False)])


def from_markdown(text: str) -> str:
    """Returns the text with Markdown replaced by our marks; our marks and plain text stay as they are."""
    return _MARKDOWN.sub(_to_mark, text)


def _to_mark(found: re.Match[str]) -> str:
    if strong := found["bold"] or found["heading"]:
        return f"*{strong}*"
    if link := found["link"]:
        return link if found["words"] == link else f"{found['words']} ({link})"
    return found[0] if found["indent"] is None else f"{found['indent']}• "
