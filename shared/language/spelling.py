"""SMS spelling: words as typed on phones ("koi", "tmrw", "jvoudrais") become the words that are meant.

The tables are data, one for each language, in spellings/<language>.json: folded words as typed and meant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from shared.language.folding import folded

DATA = Path(__file__).parent / "spellings"
#: Most words of a key.
_LONGEST = 3


def spelled(text: str, language: str | None) -> str:
    """Returns the text folded, with the words of the language's table replaced."""
    table, words = _table(language or ""), folded(text).split()
    if not table:
        return " ".join(words)
    found, place = [], 0
    while place < len(words):
        for length in range(min(_LONGEST, len(words) - place), 0, -1):
            meant = table.get(" ".join(words[place : place + length]))
            if meant is not None:
                found.append(meant)
                place += length
                break
        else:
            found.append(words[place])
            place += 1
    return " ".join(filter(None, found))


@cache
def _table(language: str) -> Mapping[str, str]:
    path = DATA / f"{language}.json"
    return json.loads(path.read_bytes()) if language.isalpha() and path.exists() else {}
