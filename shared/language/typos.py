"""Typos: folded words that differ by one slip of the hand."""

from __future__ import annotations

#: Shorter words are compared exactly: many names differ by one letter (Awa and Ava, Fall and Sall).
SHORTEST = 5


def alike(one: str, other: str, shortest: int = SHORTEST) -> bool:
    """Whether two words are the same, or the same but for one letter more, less, replaced or swapped.

    Words with digits (`agent1`), and two words with fewer than `shortest` letters, have to be the same.
    """
    if one == other:
        return True
    if abs(len(one) - len(other)) > 1 or max(len(one), len(other)) < shortest or not (one + other).isalpha():
        return False
    start = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, left = one[start:], other[start:]
    swapped = rest[:2] == left[1::-1] and rest[2:] == left[2:]
    return swapped or rest[1:] == left[1:] or rest == left[1:] or rest[1:] == left
