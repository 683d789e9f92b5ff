"""Marks in texts: ours are WhatsApp's *bold* and _italic_; conversion to HTML and from Markdown."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

#: A link stays as it is. A mark opens and closes between words and on one line, as WhatsApp reads it.
_MARKS = re.compile(r"https?://\S+|(?<!\w)([*_])(?=\S)((?:(?!\1).)+)(?<=\S)\1(?!\w)")
_TAGS = {"*": "b", "_": "i"}
#: Characters that may open or close a mark of WhatsApp's, outside of links, and others that look like them.
_OPENING = re.compile(r"https?://\S+|(?<!\w)[*_~`]+|[*_~`]+(?!\w)")
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
#: Characters that change the direction of the text after them, and halves of characters.
_HARMFUL = re.compile("[\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ALIKE = str.maketrans("*_~`", "∗ˍ∼ˋ")
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


class Run(NamedTuple):
    """Words of one style."""

    text: str
    bold: bool = False
    italic: bool = False


def runs(text: str, *, bold: bool = False, italic: bool = False) -> list[Run]:
    """Returns the text in runs of one style each, without the marks, for a format other than HTML."""
    found, at = list[Run](), 0
    for match in _MARKS.finditer(text):
        if mark := match[1]:
            found += [Run(text[at : match.start()], bold, italic)]
            found += runs(match[2], bold=bold or mark == "*", italic=italic or mark == "_")
            at = match.end()
    return [run for run in [*found, Run(text[at:], bold, italic)] if run.text]


def without(text: str) -> str:
    """Returns the text without our marks, as it is read aloud."""
    return _MARKS.sub(lambda found: without(found[2]) if found[1] else found[0], text)


def from_markdown(text: str) -> str:
    """Returns the text with Markdown replaced by our marks; our marks and plain text stay as they are."""
    return _MARKDOWN.sub(_to_mark, text)


def inline(text: str) -> str:
    """Returns a stranger's text for the middle of a line: one line itself, and with no mark in it.

    Characters of marks become others that look like them; those that turn the direction of writing around
    are left out.
    """
    one_line = _BREAKS.sub(" ", _HARMFUL.sub("", text)).strip()
    return _OPENING.sub(
        lambda found: found[0] if found[0][0] == "h" else found[0].translate(_ALIKE), one_line
    )


def _to_mark(found: re.Match[str]) -> str:
    if strong := found["bold"] or found["heading"]:
        return f"*{strong}*"
    if link := found["link"]:
        return link if found["words"] == link else f"{found['words']} ({link})"
    return found[0] if found["indent"] is None else f"{found['indent']}• "
