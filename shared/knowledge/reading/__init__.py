"""Reading of files: bytes in, blocks of text with their titles and pages out; one file per format.

A file is read in a process of its own (apart.py), because a library may hang or use up memory on a file that
somebody made for that.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple

from shared.formats.files import Unreadable

#: Most bytes of a file, most pages or sheets of one, and most blocks that are read of it.
FILE_BYTES, PAGES, BLOCKS = 25 * 1024 * 1024, 1_000, 20_000
#: Formats by media type and by the ending of a name; the media type decides if it is one of these.
_TYPES = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
}
ENDINGS = {
    ".html": "html", ".htm": "html", ".xhtml": "html", ".md": "markdown", ".markdown": "markdown",
    ".pdf": "pdf", ".docx": "docx", ".xlsx": "xlsx", ".csv": "csv", ".tsv": "csv", ".txt": "text",
}  # fmt: skip
#: Formats that people may take for one of ours, and the one to save them as.
_OLDER = {".doc": "DOCX", ".odt": "DOCX", ".rtf": "DOCX", ".xls": "XLSX", ".ods": "XLSX", ".pptx": "PDF"}


class Block(NamedTuple):
    """A paragraph, a list, or a row of a table. `titles` are the headings above it, the outermost first;
    `alone` is whether it is a piece of its own, such as a row of a sheet."""

    titles: tuple[str, ...]
    text: str
    page: int | None = None
    alone: bool = False


def format_of(name: str, media_type: str = "") -> str:
    """Returns the format of a file: the name of a module of this package. Raises Unreadable."""
    kind, ending = media_type.partition(";")[0].strip().lower(), PurePath(name).suffix.lower()
    if found := _TYPES.get(kind) or ENDINGS.get(ending):
        return found
    if kind == "text/plain":
        return "text"
    expected = "save it as PDF, DOCX, XLSX, CSV, HTML, Markdown or plain text"
    if ending in _OLDER:
        expected = f"save it as {_OLDER[ending]}"
    raise Unreadable(f"is of a format that is not read ({ending or kind or 'unknown'}): {expected}")


def size_problem(size: int) -> str:
    """Returns the rest of a sentence for a file of that many bytes, "" if it may be read."""
    if size > FILE_BYTES:
        mib = 1024 * 1024
        return f"has {size / mib:.0f} MB, more than the {FILE_BYTES // mib} MB that are read: split it"
    return "is empty: fill it, or remove it" if size == 0 else ""


def read(data: bytes, name: str, media_type: str = "") -> Iterator[Block]:
    """Yields the blocks of a file, in this process. Raises Unreadable; a library's own errors pass."""
    if problem := size_problem(len(data)):
        raise Unreadable(problem)
    reader = importlib.import_module(f"{__name__}.{format_of(name, media_type)}")
    found: Iterator[Block] = reader.read(data)
    return found
