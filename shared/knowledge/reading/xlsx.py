"""XLSX: each row of each sheet is a piece, with the headers of its columns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from shared.formats.files import Unreadable
from shared.formats.tables import sheets
from shared.knowledge.reading import BLOCKS, PAGES, Block
from shared.knowledge.reading.csv import table


def read(data: bytes) -> Iterator[Block]:
    """Yields the rows of all visible sheets. Raises Unreadable if the file is broken, encrypted or empty."""
    found: list[Block] = []
    for title, rows in islice(sheets(data, BLOCKS), PAGES):
        found += table(rows, (title,))[: BLOCKS - len(found)]
    if not found:
        raise Unreadable("has no rows: fill it, or remove it")
    return iter(found)
