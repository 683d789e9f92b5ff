"""Errors that name a wrong word together with the known words that are most like it."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches

from shared.formats.json_schema import one_of

#: Maximum number of known words that are listed if none is alike.
_LISTED = 30


def unknown(what: str, word: str, known: Collection[str]) -> str:
    """Returns a message such as "unknown attribute 'rom' (did you mean room?)"."""
    shown = word if len(word) <= 60 else f"{word[:60]}…"
    if alike := get_close_matches(word[:200], known, n=3):
        return f"unknown {what} {shown!r} (did you mean {' or '.join(alike)}?)"
    if not known:
        return f"unknown {what} {shown!r} (there is none)"
    listed = one_of(sorted(known)[:_LISTED]) + (" …" if len(known) > _LISTED else "")
    return f"unknown {what} {shown!r} ({listed})"
