"""Rows of tables as text: each with the headers of its columns, because it is found and shown alone."""

from __future__ import annotations

from collections.abc import Sequence

#: Longest header of a column.
_HEADER = 80


def headed(rows: Sequence[Sequence[str]], *, marked: bool = False) -> tuple[list[str], list[Sequence[str]]]:
    """Returns the headers and the other rows; no headers if the first row is one like the others.

    The first row has the headers if it is `marked` as such, or if its cells are distinct short words without
    digits above a column with digits: throughout in a table of two columns, which may be a list of terms.
    """
    if not rows:
        return [], []
    first, rest = list(rows[0]), list(rows[1:])
    if rest and (marked or (_is_header(first) and _has_numbers(first, rest))):
        return first, rest
    return [], list(rows)


def as_text(headers: Sequence[str], row: Sequence[str]) -> str:
    """Returns `Header: value; Header: value`, without empty cells; `a: b` for two cells without headers."""
    if not headers:
        filled = [cell for cell in row if cell]
        return f"{filled[0]}: {filled[1]}" if len(filled) == 2 else " | ".join(filled)
    named = [*headers[: len(row)], *[""] * (len(row) - len(headers))]
    return "; ".join(
        f"{name}: {cell}" if name else cell for name, cell in zip(named, row, strict=True) if cell
    )


def _is_header(first: Sequence[str]) -> bool:
    short = all(0 < len(cell) <= _HEADER and not any(map(str.isdigit, cell)) for cell in first)
    return len(first) > 1 and short and len(set(first)) == len(first)


def _has_numbers(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    wanted = all if len(first) == 2 else any
    columns = ([row[place] for row in rest if place < len(row)] for place in range(len(first)))
    return any(column and wanted(any(map(str.isdigit, cell)) for cell in column) for column in columns)
