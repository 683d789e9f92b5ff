"""Comparison of words: one typing error apart, or of one family."""

from __future__ import annotations


def one_error(word: str, meant: str) -> bool:
    """Whether `word` is `meant` with one letter wrong, missing, too many, or swapped with the next one."""
    if abs(len(word) - len(meant)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), len(word))
    rest, wanted = word[start:], meant[start:]
    return (
        rest[1:] == wanted[1:]
        or rest[1:] == wanted
        or rest == wanted[1:]
        or (rest[1:2] + rest[:1] + rest[2:] == wanted)
    )


def same_family(word: str, other: str) -> bool:
    """Whether a common beginning makes up most of both words: "communiant" and "communion"."""
    shared = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), None)
    length = min(len(word), len(other)) if shared is None else shared
    return length >= 0.6 * max(len(word), len(other))
