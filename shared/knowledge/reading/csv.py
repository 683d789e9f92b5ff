"""CSV and TSV: each row is a piece, with the headers of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shared.formats.files import Unreadable
from shared.formats.tables import separated
from shared.knowledge.reading import BLOCKS, Block
from shared.knowledge.reading.rows import as_text, headed


def read(data: bytes) -> Iterator[Block]:
    """Yields the rows of a table. Raises Unreadable if it has none."""
    rows = separated(data, BLOCKS + 1)
    found = table(rows, (), marked=True)
    if sum(map(any, rows)) < 2:
        raise Unreadable("has no rows below its headers: fill it, or remove it")
    return iter(found)


def table(rows: Sequence[Sequence[str]], titles: tuple[str, ...], *, marked: bool = False) -> list[Block]:
    """Returns a block for each row with a value, under the titles and the row's own first cell."""
    headers, rest = headed([row for row in rows if any(row)], marked=marked)
    return [
        Block((*titles, next(filter(None, row))), text, alone=True)
        for row in rest
        if (text := as_text(headers, row))
    ]
