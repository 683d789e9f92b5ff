"""The words that a person wrote in a reply: without the quoted mail and without a signature.

mail-parser-reply knows the marks of many mail programs in a dozen languages. Around it stand three rules
that hold in every language: our own line ends a reply, a line with `>` is quoted, and the line in front of a
quotation that ends with `:` and holds an address announces it. Words are never lost to a guess: a signature
is cut only if it holds no sentence.
"""

from __future__ import annotations

import itertools
import re

from shared.formats.wire import TEXT_LIMIT
from shared.notifiers.email.words import MARK

_LANGUAGES = ("en", "fr", "es", "de", "it", "nl")
#: Lines longer than this (characters) announce nothing; the library's patterns take quadratic time on them.
_LONG = 200
_LINES = 500
_PLACEHOLDER = "\ue000"
_QUOTED = re.compile(r"\s*>")
_ADDRESS = re.compile(r"[<(\[]?\s*[^\s<>@]+@[^\s<>@]+\s*[>)\]]?")
_HEADER = re.compile(r"\W*\w[\w .’'-]{0,24}\s?:(?:\s|$)")
_RULE = re.compile(r"[-_=*\s]{5,}|-{2,}[^-]{3,60}-{2,}")
#: Marks of a signature that mean nothing else (RFC 3676, 4.3: `-- `).
_CERTAIN = re.compile(
    r"(?:--|__)\s*(?:\n|$)|sent from |get outlook |envoyé (?:depuis|de mon) |enviado (?:desde|do) ", re.I
)
_SENTENCE_WORDS = 5


def reply(text: str) -> str:
    """Returns the words above the quotation, those below it if nothing stands above, or ""."""
    lines = _tidy(text)
    end = next((place for place, line in enumerate(lines) if MARK in line), None)
    if end is None:
        return _own("\n".join(lines))
    above = _own("\n".join(_without_announcement(lines[:end])))
    if above or not _QUOTED.match(lines[end]):  # without `>`, our own words could not be told from theirs
        return above
    return _own("\n".join(line for line in lines[end:] if not _QUOTED.match(line)))


def _own(text: str) -> str:
    """Returns the words of the newest mail in a conversation that has no line of ours."""
    lines = text.split("\n")
    quoted = next((place for place, line in enumerate(lines) if _QUOTED.match(line)), len(lines))
    above = _parsed("\n".join(_without_announcement(lines[:quoted]) if quoted < len(lines) else lines))
    if above or quoted == len(lines):
        return above
    return _parsed("\n".join(line for line in lines[quoted:] if not _QUOTED.match(line)))


def _parsed(text: str) -> str:
    """Returns the newest words as the library finds them."""
    from mailparser_reply.parser import EmailMessage

    long: list[str] = []

    def shorten(match: re.Match[str]) -> str:
        long.append(match[0])
        return f"{_PLACEHOLDER}{len(long) - 1}{_PLACEHOLDER}"

    short = re.sub(rf"^[^\n]{{{_LONG},}}$", shorten, text.replace(_PLACEHOLDER, ""), flags=re.M)
    mail = EmailMessage(text=short, languages=list(_LANGUAGES), keep_hyphen_lists=True).read()
    newest, *older = mail.replies
    words, signature = newest.content.removeprefix(newest.headers), newest.signatures
    for passage in itertools.takewhile(lambda each: not _announces(each.headers), older):
        words, signature = f"{words}\n{passage.content}", passage.signatures
    if signature and _is_signature(signature):
        words = words.removesuffix(signature)
    return re.sub(rf"{_PLACEHOLDER}(\d+){_PLACEHOLDER}", lambda match: long[int(match[1])], words).strip()


def _announces(header: str) -> bool:
    """Whether this begins a quoted mail. Two lines such as "From: Dakar" and "To: Thiès" may be a train's."""
    return "@" in header or sum(map(bool, map(_HEADER.match, header.splitlines()))) != 2


def _is_signature(text: str) -> bool:
    """Whether the text holds nothing but a signature: a sentence after "Thank you," belongs to the answer."""
    if _CERTAIN.match(text):
        return True
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return not any(
        len(line.split()) >= _SENTENCE_WORDS or line.endswith((".", "?", "!", "؟")) for line in lines
    )


def _without_announcement(lines: list[str]) -> list[str]:
    """Returns the lines in front of a quotation without its announcement or its block of headers."""
    kept = list(lines)
    _drop_empty(kept)
    headers = 0
    while headers < len(kept) and _HEADER.match(kept[-1 - headers]):
        headers += 1
    if headers > 1 and any("@" in line for line in kept[-headers:]):
        del kept[-headers:]
    else:
        del kept[len(kept) - _announcing(kept) :]
    _drop_empty(kept)
    return kept


def _announcing(lines: list[str]) -> int:
    """Returns how many of the last lines say "On Monday … <address> wrote:"; programs break it into three."""
    if not lines or not lines[-1].endswith(":"):
        return 0
    for count in (1, 2, 3):
        part = " ".join(lines[-count:]) if count <= len(lines) else ""
        dated = re.search(r"\d", _ADDRESS.sub("", part))
        if "@" in part and dated and part.count("<") == part.count(">"):
            return count
    return 0


def _drop_empty(lines: list[str]) -> None:
    while lines and (not lines[-1] or _RULE.fullmatch(lines[-1])):
        lines.pop()


def _tidy(text: str) -> list[str]:
    """Returns the lines without the space around them, and at most one empty line between two others."""
    lines: list[str] = []
    for line in text[: 3 * TEXT_LIMIT].replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        bare = line.strip()
        if bare or (lines and lines[-1]):
            lines.append(bare)
    return lines[:_LINES]
