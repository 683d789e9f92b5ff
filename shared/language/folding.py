"""Folding: one form for comparing words (fixed words, emergencies, choices, knowledge and questions)."""

from __future__ import annotations

import re
import unicodedata
from itertools import filterfalse

_WORD = re.compile(r"[^\W_]+")

#: Letters that Unicode does not decompose, and that people type without their mark or as two letters, after
#: Lucene's ASCIIFoldingFilter (the hooked letters are Fula's and Hausa's).
_LATIN = {
    "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ı": "i", "ł": "l", "ŧ": "t",
    "ŋ": "n", "ɲ": "n", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ƴ": "y",
}  # fmt: skip
#: Letters that people write in several ways, after Lucene's ArabicNormalizer and PersianNormalizer; U+0640
#: only lengthens a word.
_ARABIC = {"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "\u0640": ""}
_DIGITS = {chr(zero + digit): str(digit) for zero in (0x0660, 0x06F0) for digit in range(10)}
#: Typed as an apostrophe, but letters in Unicode: they separate words like other apostrophes.
_APOSTROPHES = dict.fromkeys("ʹʻʼʽˈ", "'")
#: Invisible characters: soft hyphen, zero-width characters, directions of writing.
_INVISIBLE = dict.fromkeys(
    map(
        chr,
        (0xAD, 0x34F, 0x61C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF),
    ),
    "",
)
_PLAIN = str.maketrans(_LATIN | _ARABIC | _DIGITS | _APOSTROPHES | _INVISIBLE)


def folded(text: str) -> str:
    """Returns the words of the text, lower case, separated by single spaces.

    Compatibility forms and ligatures are decomposed (NFKD); accents and other combining marks are removed;
    each Arabic letter has one form, and digits are 0 to 9. Folding a folded text changes nothing.

    "L'Église" is "l eglise", "SŒUR" is "soeur", "Straße" is "strasse", "إِلغاء" is "الغاء".
    """
    plain = text.casefold()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        bare = "".join(filterfalse(unicodedata.combining, decomposed))
        plain = bare.casefold().translate(_PLAIN)
    return " ".join(_WORD.findall(plain))
