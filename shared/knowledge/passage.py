"""One piece of a tenant's knowledge, as a search finds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Passage:
    """One piece of knowledge that may hold the answer, in one language.

    `confidence` is 0…1: the share of the question's content that the passage covers.
    """

    id: str
    language: str
    topic: str
    text: str
    source: str
    confidence: float
