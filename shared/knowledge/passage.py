"""Passages: the results of a search in a tenant's knowledge."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Passage:
    """One entry of the knowledge that may hold the answer, in one language.

    `confidence` is 0…1: the share of the question's content that the passage covers.
    """

    id: str
    language: str
    topic: str
    text: str
    source: str
    confidence: float
