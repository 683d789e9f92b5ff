"""Passages: the results of a search in a tenant's knowledge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Passage:
    """One entry of the knowledge that may hold the answer, in one language.

    `confidence` is the probability that it answers the question, 0…1 (knowledge/ranking.py).
    """

    id: str
    language: str
    topic: str
    text: str
    source: str
    confidence: float
