"""A message's spans as a waterfall: each below its parent, in the order of start times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

#: Maximum rows; longer waterfalls cannot be read.
LIMIT = 200


def rows(spans: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the rows. `depth` is 0 for the first span of a trace, and for a span whose parent is not known
    (yet); `since_ms` counts from the first start."""
    known = {span["span"] for span in spans}
    below: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for span in sorted(spans, key=lambda span: str(span["began"])):
        below[span["parent"] if span["parent"] in known else ""].append(span)
    start = min((datetime.fromisoformat(span["began"]) for span in spans), default=None)
    return [_tell(span, depth, start) for span, depth in _walk(below, "", 0) if start][:LIMIT]


def _walk(
    below: dict[str, list[dict[str, Any]]], parent: str, depth: int
) -> Iterator[tuple[dict[str, Any], int]]:
    for span in below.pop(parent, []):
        yield span, depth
        yield from _walk(below, span["span"], depth + 1)


def _tell(span: dict[str, Any], depth: int, start: datetime) -> dict[str, Any]:
    since = datetime.fromisoformat(span["began"]) - start
    kept = ("trace", "span", "parent", "name", "kind", "function", "failed")
    return {
        **{name: span[name] for name in kept},
        "depth": depth,
        "since_ms": round(since.total_seconds() * 1000, 2),
        "ms": round(span["ms"], 2),
    }
