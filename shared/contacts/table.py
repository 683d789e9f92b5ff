"""A table of people in a file of separated values (RFC 4180), read row by row in constant memory.

The separator is recognised by the header. A row with broken quotes ends with its line, so that it never
swallows the rows after it.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple, TextIO

from shared.errors import ConfigurationError

SEPARATORS = ",;\t|"
#: Most characters of a line, and most lines of a row with line breaks in its cells.
LINE, LINES = 64 * 1024, 20
#: Stands for bytes that the file's encoding does not have.
_REPLACED = "\ufffd"
#: Excel's own first line, which names the separator.
_NAMED = re.compile(r"sep=(.)\s*", re.I)
_BINARY = re.compile("[\x00-\x08\x0e-\x1f]")


class Row(NamedTuple):
    """A row: the number of its first line in the file, and its cells, or the reason why it is unreadable."""

    number: int
    cells: list[str]
    problem: str = ""


class Table:
    """The header and the rows of a file. The stream was opened with `newline=""` and `errors="replace"`.

    `known` tells whether a column's title is known. Raises ConfigurationError if the file has no header.
    """

    def __init__(self, stream: TextIO, known: Callable[[str], bool]) -> None:
        self._lines = _Lines(stream)
        first = self._first()
        if match := _NAMED.fullmatch(first.text):
            self._separator, first = match[1], self._first()
        else:
            by_separator = {each: _titles(first.text, each) for each in SEPARATORS}
            self._separator = max(
                SEPARATORS, key=lambda each: (sum(map(known, by_separator[each])), len(by_separator[each]))
            )
        self.number = first.number
        self.titles = _titles(first.text, self._separator)
        while self.titles and not self.titles[-1]:
            self.titles.pop()
        if _BINARY.search(first.text) or first.long or not any(map(known, self.titles)):
            raise ConfigurationError(
                "is not a table of people: no column of its first line is known "
                "(expected a header with id or phone, separated by , ; | or tabs)"
            )

    def rows(self) -> Iterator[Row]:
        """Yields the rows; empty lines are left out."""
        while (line := self._lines.take()) is not None:
            if line.long:
                yield Row(line.number, [], f"is longer than {LINE} characters")
            elif line.text.strip():
                yield self._row(line)

    def _row(self, first: _Line) -> Row:
        """Returns the row that begins with this line; it may go on in the next ones, inside of quotes."""
        text, taken = first.text, list[_Line]()
        cells = _cells(text, self._separator)
        while cells is None and len(taken) < LINES and (line := self._lines.take()) is not None:
            taken.append(line)
            text += line.text
            if line.long or len(text) > LINE:
                break
            cells = _cells(text, self._separator) if '"' in line.text else None
        if not cells or (taken and len(cells) != len(self.titles)):
            self._lines.give_back(taken)
            return Row(first.number, [], 'has broken quotes (expected " around a cell, "" inside of it)')
        return self._checked(first.number, cells, text)

    def _checked(self, number: int, cells: list[str], text: str) -> Row:
        width = len(self.titles)
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) != width:
            return Row(number, [], f"has {len(cells)} cells (expected {width}, as the header)")
        if _REPLACED in text:
            return Row(number, [], "has bytes that are no text in the file's encoding")
        return Row(number, cells)

    def _first(self) -> _Line:
        while (line := self._lines.take()) is not None:
            if line.text.strip():
                return line
        raise ConfigurationError("is empty (expected a header, and a row for each person)")


def _titles(text: str, separator: str) -> list[str]:
    return [cell.strip() for cell in _cells(text, separator) or []]


def _cells(text: str, separator: str) -> list[str] | None:
    """Returns the cells, an empty list if the quotes are broken, or None if a quote is still open."""
    text = text.rstrip("\r\n")
    if '"' not in text:
        return text.split(separator)
    try:
        (cells,) = csv.reader([text], delimiter=separator, strict=True)
    except csv.Error as error:
        return None if "end of data" in str(error) else []
    return cells


class _Line(NamedTuple):
    """A line with its break; `long` if only its beginning was kept."""

    number: int
    text: str
    long: bool = False


class _Lines:
    """The numbered lines of a stream; lines can be given back."""

    def __init__(self, stream: TextIO) -> None:
        self._stream, self._number = stream, 0
        self._back: deque[_Line] = deque()

    def take(self) -> _Line | None:
        if self._back:
            return self._back.popleft()
        text = self._stream.readline(LINE)
        if not text:
            return None
        self._number += 1
        long = _is_cut(text)
        rest = text
        while _is_cut(rest):
            rest = self._stream.readline(LINE)
        return _Line(self._number, text, long)

    def give_back(self, lines: list[_Line]) -> None:
        self._back.extendleft(reversed(lines))


def _is_cut(text: str) -> bool:
    return len(text) >= LINE and not text.endswith(("\n", "\r"))
