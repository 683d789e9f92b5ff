"""Commands of administrators over chat (administration.json): `#find Diop`, `/cherche Diop`, `find Diop`."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from shared.language.folding import folded

_FILE = Path(__file__).with_suffix(".json")
_SIGN = re.compile(r"\s*[#/]\s{0,3}(?=\w)")
_WORD = re.compile(r"[^\W_]+")
#: Telegram's notation of a command in a group (https://core.telegram.org/bots/features#commands).
_BOT = re.compile(r"\A@\w{1,64}")
_NUMBER = re.compile(r"([0-9]{1,6})(?![\w])[\s.:,)]*(.*)", re.S)
#: Commands with nothing, with a number, with a number and words, and with words after them.
_ALONE = frozenset({"pause", "resume", "today", "health", "pin", "help"})
_NUMBERED = frozenset({"show", "take", "block", "unblock", "forget"})


@dataclass(frozen=True)
class Order:
    """A command by its English word. `number` is 0 without one, `rest` the words after it.

    `signed` is set if it begins with `#` or `/`. `whole` is unset if it lacks its number or words, or has
    some that it does not take.
    """

    word: str
    number: int = 0
    rest: str = ""
    signed: bool = True
    whole: bool = True


def order(text: str) -> Order | None:
    """Returns the command if the text begins with a command's word, else None.

    Without a sign, the whole text has to be a command: "show me the way" is none.
    """
    text = unicodedata.normalize("NFC", text)
    sign = _SIGN.match(text)
    bare = text[sign.end() if sign else 0 :].strip()
    for word, name in _by_length():
        rest = _after(bare, word)
        if rest is not None:
            found = _order(name, rest, signed=sign is not None)
            return found if found.signed or found.whole else None
    return None


def _order(name: str, rest: str, *, signed: bool) -> Order:
    if name in _ALONE:
        return Order(name, 0, rest, signed, whole=not rest)
    numbered = _NUMBER.fullmatch(rest)
    if name in _NUMBERED or name == "say":
        number, words = (int(numbered[1]), numbered[2].strip()) if numbered else (0, rest)
        return Order(name, number, words, signed, whole=bool(number) and bool(words) == (name == "say"))
    return Order(name, 0, rest, signed, whole=bool(rest))


def _after(text: str, phrase: str) -> str | None:
    """Returns the text after a phrase of folded words at its beginning, or None if it begins otherwise."""
    begins = list(islice(_WORD.finditer(text), len(phrase.split())))
    if not begins or folded(text[: begins[-1].end()]) != phrase:
        return None
    return _BOT.sub("", text[begins[-1].end() :]).lstrip(" \t:,").strip()


@cache
def _by_length() -> tuple[tuple[str, str], ...]:
    """Returns each phrase with its command, the longest first."""
    commands: Mapping[str, Mapping[str, list[str]]] = json.loads(_FILE.read_bytes())
    phrases = [
        (phrase, name) for name, words in commands.items() for each in words.values() for phrase in each
    ]
    return tuple(sorted(phrases, key=lambda each: -len(each[0].split())))
