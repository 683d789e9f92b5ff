"""Tables in files of separated values (RFC 4180) and of spreadsheets (XLSX), as rows of texts."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any

from shared.formats.files import Unreadable, checked, decoded

_DELIMITERS = ",;\t|"
#: Characters of a file from which its delimiter is read.
_SAMPLE = 20_000
#: Most columns of a sheet, and rows in a row without a value after which a sheet has ended.
_COLUMNS, _EMPTY_ROWS = 200, 1_000


def separated(data: bytes, most: int) -> list[list[str]]:
    """Returns the first `most` rows of a table. Raises Unreadable if it is none."""
    text = decoded(data)
    csv.field_size_limit(1_000_000)
    try:
        rows = list(islice(csv.reader(io.StringIO(text), delimiter=_delimiter(text)), most))
    except csv.Error as error:
        raise Unreadable(f"is no table ({error}): save it anew as CSV") from None
    return [[" ".join(cell.split()) for cell in row] for row in rows]


def sheets(data: bytes, most: int) -> Iterator[tuple[str, list[list[str]]]]:
    """Yields the title and the first `most` rows of each visible sheet. Raises Unreadable if the file is
    broken or encrypted."""
    checked(data, "xl/workbook.xml", "XLSX")
    from openpyxl.reader.excel import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets:
            if sheet.sheet_state == "visible":
                sheet.reset_dimensions()  # a file may claim a million rows
                yield sheet.title, list(_rows(sheet, most))


def _delimiter(text: str) -> str:
    """Returns the delimiter that the first line has most of."""
    first = text[:_SAMPLE].split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)


def _rows(sheet: Any, most: int) -> Iterator[list[str]]:
    empty = 0
    for row in islice(sheet.iter_rows(), most + _EMPTY_ROWS):
        cells = [_shown(cell) for cell in row[:_COLUMNS]]
        empty = 0 if any(cells) else empty + 1
        if empty > _EMPTY_ROWS:
            return
        if not empty:
            yield cells


def _shown(cell: Any) -> str:
    """Returns a cell's value about as a sheet shows it: percentages, whole numbers, dates."""
    value, form = cell.value, str(getattr(cell, "number_format", "") or "")
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float() if "%" in form:
            return f"{value * 100:.10g} %"
        case float():
            return f"{value:.10g}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "minutes")
        case date():
            return value.isoformat()
        case time():
            return value.isoformat("minutes")
    return " ".join(str(value).split())
