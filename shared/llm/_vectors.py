"""Vectors of texts, in requests of a bounded size and of length 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from shared.llm._failures import garbled

#: Most texts of one request: the numbers of more would be over the limit of an answer's size.
BATCH = 20
#: Numbers of a vector, of models that can leave out the rest: entries store their vectors.
DIMENSIONS = 768


def batches(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]


def checked(vectors: Sequence[Any], count: int, vendor: str) -> list[list[float]]:
    """Returns `count` vectors of length 1. Raises ModelFailed if they are not vectors of one size."""
    found = [_unit(vector) for vector in vectors]
    if len(found) != count or not all(found) or len({len(vector) for vector in found}) > 1:
        raise garbled(vendor)
    return found


def _unit(vector: Any) -> list[float]:
    """Returns a vector of length 1, or an empty one if it is none."""
    if not isinstance(vector, list) or not all(isinstance(each, int | float) for each in vector):
        return []
    length = math.hypot(*vector)
    return [each / length for each in vector] if math.isfinite(length) and length else []
