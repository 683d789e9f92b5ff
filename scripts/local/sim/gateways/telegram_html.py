"""Telegram's HTML (https://core.telegram.org/bots/api#html-style) as it is read: in our light marks."""

from __future__ import annotations

from html.parser import HTMLParser

_MARKS = {"b": "*", "strong": "*", "i": "_", "em": "_", "s": "~", "code": "`"}
_WRONG = "can't parse entities: "
_PLAIN = frozenset({"a", "u", "pre", "blockquote", "ins", "del", "strike", "tg-spoiler"})


def read(html: str) -> str:
    """Raises ValueError where Telegram could not parse it."""
    parser = _Parser()
    parser.feed(html)
    parser.close()
    if parser.open:
        raise ValueError(f"{_WRONG}Can't find end tag corresponding to start tag {parser.open[-1]}")
    return "".join(parser.written)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag not in _MARKS and tag not in _PLAIN:
            raise ValueError(f"{_WRONG}Unsupported start tag {tag}")
        self.open.append(tag)
        self.written.append(_MARKS.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"{_WRONG}Unmatched end tag {tag}")
        self.written.append(_MARKS.get(tag, ""))

    def handle_data(self, data: str) -> None:
        self.written.append(data)
