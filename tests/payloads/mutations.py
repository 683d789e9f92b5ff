"""Documents broken in every way that a gateway, a proxy or an attacker may break them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

WRONG: list[Any] = [
    None,
    True,
    0,
    -1,
    2.5,
    1e308,
    10**400,
    "",
    "x",
    "\ud800",
    "9" * 600,
    [],
    [None],
    {},
    {"x": []},
]


def broken(document: Any) -> Iterator[bytes]:
    """Yields the document cut short, and with each value replaced by each wrong one or left out."""
    raw = json.dumps(document).encode()
    yield from (raw[:cut] for cut in range(0, len(raw), 7))
    for path in _paths(document):
        if path:
            yield from (json.dumps(changed).encode() for changed in _mutated(document, path))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yields the path of each value of a document, its own first."""
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _paths(value[key], (*path, key))


def _mutated(document: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    """Yields the document with the value at `path` replaced by each wrong one, and without it."""
    raw = json.dumps(document)
    for wrong in [*WRONG, ...]:
        changed = json.loads(raw)
        place = changed
        for step in path[:-1]:
            place = place[step]
        if wrong is ...:
            del place[path[-1]]
        else:
            place[path[-1]] = wrong
        yield changed
