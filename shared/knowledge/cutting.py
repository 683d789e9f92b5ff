"""Pieces of a file: its blocks put together and cut by structure, never within a sentence."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from shared.knowledge.reading import Block

#: Most characters of a piece, and of a path of titles, a title and a topic.
LONGEST, _PATH, _TITLE, _TOPIC = 1_200, 300, 120, 72
_SENTENCE = re.compile(r"(?<=[.!?…؟。])\s+|\n+")
_WORD = re.compile(r"\s+")
#: Characters that cannot be stored, or forge lines of a log.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Cut:
    """A piece before it is stored; `id` and `digest` as in SourcePiece."""

    id: str
    title: str
    topic: str
    page: int | None
    text: str
    digest: str


def cut(blocks: Iterable[Block], title: str, *, source: str, item: str) -> Iterator[Cut]:
    """Yields the pieces of an item of a source, whose title stands before those of the blocks."""
    seen: Counter[str] = Counter()
    for (titles, page, alone), group in groupby(blocks, key=lambda each: (each[0], each[2], each[3])):
        texts = [_CONTROL.sub(" ", block.text).strip() for block in group]
        path = _path(title, titles)
        for text in (each for whole in texts for each in _parts([whole])) if alone else _parts(texts):
            digest = _digest(" › ".join(path), text)
            named = _digest(source, item, str(page), digest)
            seen[named] += 1
            topic = path[-1] if len(path) > 1 else _beginning(text)
            yield Cut(
                _digest(named, str(seen[named])), " › ".join(path)[:_PATH], topic[:_TOPIC], page, text, digest
            )


def _path(title: str, titles: Sequence[str]) -> list[str]:
    """Returns the titles from the outermost on; one that repeats the one above it is left out."""
    path: list[str] = []
    for each in (title, *titles):
        plain = " ".join(_CONTROL.sub(" ", each).split())[:_TITLE]
        if plain and (not path or plain.casefold() != path[-1].casefold()):
            path.append(plain)
    return path or [""]


def _parts(texts: Sequence[str]) -> Iterator[str]:
    """Yields the texts put together, each at most LONGEST characters: cut between texts, else sentences."""
    held = ""
    for text in texts:
        for part, joint in _fitting(text):
            if held and len(held) + len(joint) + len(part) > LONGEST:
                yield held
                held = ""
            held = f"{held}{joint}{part}" if held else part
    if held:
        yield held


def _fitting(text: str) -> Iterator[tuple[str, str]]:
    """Yields a text's parts with their joint to the part before: the text, else its sentences, else words."""
    if len(text) <= LONGEST:
        yield text, "\n"
        return
    for number, sentence in enumerate(filter(None, _SENTENCE.split(text))):
        joint = " " if number else "\n"
        if len(sentence) <= LONGEST:
            yield sentence, joint
            continue
        for word in _WORD.split(sentence):
            for start in range(0, len(word), LONGEST):
                yield word[start : start + LONGEST], " "


def _beginning(text: str) -> str:
    first = _SENTENCE.split(text, maxsplit=1)[0]
    return first if len(first) <= _TOPIC else first[: _TOPIC - 1].rsplit(" ", 1)[0] + "…"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode(errors="replace")).hexdigest()[:24]
