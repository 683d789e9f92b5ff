"""Telegram's HTML (https://core.telegram.org/bots/api#html-style) as a person reads it.

Telegram itself accepts an `&` that begins no entity; this does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_MARKS = {"b": "*", "strong": "*", "i": "_", "em": "_", "s": "~", "code": "`"}
_PLAIN = frozenset({"a", "u", "pre", "blockquote", "ins", "del", "strike", "tg-spoiler"})
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}
_WRONG = "can't parse entities: "


def read(html: str) -> str:
    """Returns the text with WhatsApp's light marks. Raises ValueError if Telegram could not parse it."""
    return _written(html, _MARKS)


def visible(html: str) -> str:
    """Returns the text without marks. Raises ValueError if Telegram could not parse it."""
    return _written(html, {})


def _written(html: str, marks: Mapping[str, str]) -> str:
    open_tags: list[str] = []
    written = ""
    for tag, entity, other in re.findall(r"(</?[^<>]*>)|(&(?:lt|gt|amp|quot);)|([^<&]|[<&])", html):
        if tag:
            written += marks.get(_nested(tag, open_tags), "")
        elif other in ("<", "&"):
            raise ValueError(f"{_WRONG}Unescaped {other}")
        else:
            written += _ENTITIES.get(entity, other)
    if open_tags:
        raise ValueError(f"{_WRONG}Can't find end tag corresponding to start tag {open_tags[-1]}")
    return written


def _nested(tag: str, open_tags: list[str]) -> str:
    """Returns a tag's name and opens or closes it. Raises ValueError if it is unknown or badly nested."""
    name = (tag.strip("</>").split() or [""])[0]
    if tag.startswith("</"):
        if not open_tags or open_tags.pop() != name:
            raise ValueError(f"{_WRONG}Unmatched end tag {name}")
    elif name in _MARKS or name in _PLAIN:
        open_tags.append(name)
    else:
        raise ValueError(f"{_WRONG}Unsupported start tag {name}")
    return name
