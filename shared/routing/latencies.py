"""Usual latencies of models, learned from their answers in this process."""

from __future__ import annotations

import math
from collections import OrderedDict, deque

#: Answers that are remembered, and the fewest that tell a usual latency.
_KEPT, _FEWEST = 100, 10
#: Most models of tenants that are remembered.
_LIMIT = 2_000
#: Least patience (s) with a model, and the patience beyond its usual latency.
LEAST, BEYOND = 1.5, 1.5


class Latencies:
    """The last latencies (s) by tenant, model entry and task."""

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[str, ...], deque[float]] = OrderedDict()

    def learn(self, seconds: float, *of: str) -> None:
        self._last.setdefault(of, deque(maxlen=_KEPT)).append(seconds)
        self._last.move_to_end(of)
        while len(self._last) > _LIMIT:
            self._last.popitem(last=False)

    def usual(self, *of: str) -> float | None:
        """Returns the 95th percentile (nearest rank), or None with too few answers."""
        last = self._last.get(of, ())
        if len(last) < _FEWEST:
            return None
        return sorted(last)[math.ceil(len(last) * 0.95) - 1]


def patience(usual: float) -> float:
    """Returns how long (s) a model of this usual latency is waited for if another one may be asked."""
    return max(LEAST, usual + BEYOND)
