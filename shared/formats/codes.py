"""Codes that prove an identity: their forms, and codes as people type them.

A form is `{letters}-{4 digits}`, `KN-{5 digits}` or `CAT-{4 digits}`: `{letters}` is one letter or more,
`{N letters}` and `{N digits}` are exactly so many, and the rest stands for itself. People type codes in any
case, with other spaces, dashes, dots and digits, and take O for 0 or I for 1: the place in the form tells
the letter from the digit. A person's text is never part of a regular expression.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

#: Most characters of a text that is read as a code, most words of a sentence with one, and most characters
#: of a code.
TEXT, WORDS, LENGTH = 200, 30, 40
#: Number of characters at the end of a code that its beginning leaves out.
ENDING = 4

_PART = re.compile(r"\{(?:([1-9][0-9]?) )?(letters|digits)\}")
_LITERAL = re.compile(r"[A-Za-z0-9 ._/-]*")
#: Unicode categories that typing adds: marks, punctuation, spaces, and invisible characters.
_IGNORED = frozenset("Mn Me Pc Pd Ps Pe Pi Pf Po Zs Zl Zp Cc Cf".split())
#: Signs that look like a dash or a dot and are of another category.
_SIGNS = frozenset("−˗~`´^|")
_AS_LETTER, _AS_DIGIT = {"0": "O", "1": "I"}, {"O": "0", "I": "1", "L": "1"}


@dataclass(frozen=True)
class _Place:
    """A part of a form. `size` is its number of characters, 0 for any; `text` is that of a literal."""

    kind: Literal["letters", "digits", "literal"]
    size: int
    text: str = ""


@dataclass(frozen=True)
class _Form:
    """A form, compiled. `size` is the number of letters and digits of its parts of a fixed size."""

    places: tuple[_Place, ...]
    size: int
    open: bool


def form_problem(form: str) -> str | None:
    """Returns the reason why a form is not one, as a clause with the expectation, or None if it is one."""
    try:
        _compiled(form)
    except ValueError as error:
        return str(error)
    return None


def canonical(text: str, form: str) -> str | None:
    """Returns a typed code as the form writes it, in capitals, or None if the text is no code of the form.

    "diop 4821", "ＤＩＯＰ–４８２１" and "d1op.482l" are "DIOP-4821". Raises ValueError if the form is none.
    """
    compiled = _compiled(form)
    if len(text) > TEXT:
        return None
    typed = _bare(text)
    spare = len(typed) - compiled.size
    if len(typed) > LENGTH or (spare < 1 if compiled.open else spare != 0):
        return None
    written, at = "", 0
    for place in compiled.places:
        if place.kind == "literal" and not place.size:
            written += place.text
            continue
        end = at + (place.size or spare)
        found = _read(place, typed[at:end])
        if found is None:
            return None
        written, at = written + found, end
    return written


def code_in(text: str, form: str, introduces: Callable[[str], bool] = lambda _: False) -> str | None:
    """Returns the code in a short sentence ("mon code est diop 4821"), or None if there is none.

    `introduces` tells whether a word comes before a code and is none of it ("code", "est"). A text without
    such a word is one code with all its words ("de souza 4821"). Only the first code of several is found.
    """
    if len(text) > TEXT:
        return None
    words = unicodedata.normalize("NFKC", text).split()
    if len(words) > WORDS:
        return None
    numbered = next((at for at, word in enumerate(words) if any(map(str.isdecimal, word))), len(words))
    after = max((at + 1 for at, word in enumerate(words[:numbered]) if introduces(word)), default=0)
    for start in (*range(after, -1, -1), *range(after + 1, len(words))):
        for end in range(start + 1, len(words) + 1):
            if found := canonical(" ".join(words[start:end]), form):
                return found
    return None


def written_in(text: str, form: str) -> str | None:
    """Returns the code in a short sentence that is written with the form's own signs ("DIOP-4821"), or None.

    It is one word, so that a date or a number of a room is no code. A form without signs has no such code.
    """
    if len(text) > TEXT:
        return None
    signs = [sign for place in _compiled(form).places for sign in place.text if not sign.isalnum()]
    if not signs:
        return None
    for word in unicodedata.normalize("NFKC", text).split()[:WORDS]:
        typed = word.strip("\"'`*_~«»“”‘’().,;:!?…\u200e\u200f")
        separated = [sign for sign in typed if not sign.isalnum()]
        if len(separated) == len(signs) and (found := canonical(typed, form)):
            return found
    return None


def beginning(code: str) -> str:
    """Returns a canonical code without its signs and its last 4 characters: "DIOP" of "DIOP-4821"."""
    return "".join(filter(str.isalnum, code))[:-ENDING]


def example(form: str) -> str:
    """Returns a code of the form as an example: "ABCD-1234"."""
    shown = {"letters": "ABCDEFGHIJKLMNOPQRSTUVWXYZ" * 4, "digits": "1234567890" * 10}
    return "".join(
        place.text if place.kind == "literal" else shown[place.kind][: place.size or ENDING]
        for place in _compiled(form).places
    )


def literals(form: str) -> int:
    """Returns the number of letters and digits that stand in every code of the form: 2 of `KN-{5 digits}`."""
    return sum(place.size for place in _compiled(form).places if place.kind == "literal")


def _read(place: _Place, typed: str) -> str | None:
    """Returns the characters at a place as they belong there, or None if they do not."""
    if place.kind == "letters":
        found = "".join(_AS_LETTER.get(each, each) for each in typed)
        return found if all(map(str.isalpha, found)) else None
    if place.kind == "digits":
        found = "".join(_AS_DIGIT.get(each, each) for each in typed)
        return found if all("0" <= each <= "9" for each in found) else None
    wanted = "".join(filter(str.isalnum, place.text))
    same = all(one == other or _looks_alike(one, other) for one, other in zip(typed, wanted, strict=True))
    return place.text if same else None


def _looks_alike(one: str, other: str) -> bool:
    return _AS_DIGIT.get(one, one) == _AS_DIGIT.get(other, other)


def _bare(text: str) -> str:
    """Returns the text in capitals, with digits 0 to 9, without spaces, dashes, dots and invisible marks."""
    capitals = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).upper())
    return "".join(_plain_digit(each) for each in capitals if not _ignored(each))


def _ignored(character: str) -> bool:
    return unicodedata.category(character) in _IGNORED or character in _SIGNS


def _plain_digit(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


@lru_cache(maxsize=500)
def _compiled(form: str) -> _Form:
    """Returns the parts of a form. Raises ValueError if it is none."""
    places = list(_places(form))
    free = [place for place in places if place.kind != "literal"]
    endless = [place for place in free if not place.size]
    size = sum(place.size for place in places)
    if not free:
        raise ValueError("has no part that varies (expected {letters}, {N letters} or {N digits})")
    if len(endless) > 1:
        raise ValueError("has {letters} twice (expected a number in all but one, such as {4 letters})")
    if sum(place.size for place in free) < ENDING:
        raise ValueError(f"is too easy to guess (expected {ENDING} or more letters or digits that vary)")
    if size + len(endless) > LENGTH:
        raise ValueError(f"is {size} characters long (expected at most {LENGTH - 1})")
    return _Form(tuple(places), size, bool(endless))


def _places(form: str) -> Iterator[_Place]:
    """Yields the parts of a form in their order. Raises ValueError if one is unknown."""
    at = 0
    for match in _PART.finditer(form):
        yield from _literal(form[at : match.start()])
        if match[2] == "digits" and not match[1]:
            raise ValueError("has {digits} without their number (expected it, such as {4 digits})")
        yield _Place("letters" if match[2] == "letters" else "digits", int(match[1] or 0))
        at = match.end()
    yield from _literal(form[at:])


def _literal(text: str) -> Iterator[_Place]:
    if not _LITERAL.fullmatch(text):
        raise ValueError(
            f"has {text!r} (expected {{letters}}, {{N letters}}, {{N digits}}, and letters, digits or - . / "
            "between them)"
        )
    if text:
        yield _Place("literal", sum(map(str.isalnum, text)), text.upper())
