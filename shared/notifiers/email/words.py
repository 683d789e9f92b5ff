"""Our own words around a notice, in the reader's language, and the line above which an answer is written."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

#: Begins the line above which an answer is written, in every language: a reply is cut there.
MARK = "##-"


@cache
def shipped() -> dict[str, dict[str, str]]:
    """Returns the words of each language."""
    texts: dict[str, dict[str, str]] = json.loads(Path(__file__).with_name("words.json").read_text("utf-8"))
    return texts


def words(language: str) -> dict[str, str]:
    """Returns the words in this language, else in English."""
    return shipped().get(language, shipped()["en"])


def delimiter(language: str) -> str:
    """Returns the line above which an answer is written."""
    return f"{MARK} {words(language)['above']} -##"
