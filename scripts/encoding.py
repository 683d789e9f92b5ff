"""The encoding of a text file that people exported: by its mark, its bytes, or a guess at its letters."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TextIO

from shared.errors import ConfigurationError

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
#: Beginnings of files that are no text: ZIP (also Excel's workbooks), Excel's former workbooks, PDF.
_OTHERS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")
#: Encodings of one byte that spreadsheets of Western languages write, the commonest first.
_WESTERN = ["cp1252", "mac_roman", "cp850"]
#: Bytes of letters that the guess looks at, and most bytes of a line.
_SAMPLE, _LINE = 64 * 1024, 64 * 1024


def opened(path: Path) -> TextIO:
    """Opens a text file for a table (contacts/table.py); bytes that are no text become U+FFFD.

    Raises ConfigurationError if the file cannot be read, or is a workbook.
    """
    try:
        return path.open(encoding=recognised(path), errors="replace", newline="")
    except OSError as error:
        raise ConfigurationError(f"FILE={path}: {error.strerror}") from None


def recognised(path: Path) -> str:
    """Returns the encoding of a file, as Python names it. Raises ConfigurationError for a workbook."""
    with path.open("rb") as file:
        head = file.read(_LINE)
    if head.startswith(_OTHERS):
        raise ConfigurationError(f"FILE={path}: is no text (expected CSV: save the workbook as CSV UTF-8)")
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    # Each Latin letter has a zero beside it in UTF-16.
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return _of_letters(path)


def _of_letters(path: Path) -> str:
    """Returns UTF-8 if most lines beyond ASCII are valid, else the likeliest Western encoding."""
    valid, others, sample = 0, 0, b""
    with path.open("rb") as file:
        while line := file.readline(_LINE):
            if line.isascii():
                continue
            try:
                line.decode()
                valid += 1
            except UnicodeDecodeError:
                others += 1
                if len(sample) < _SAMPLE:
                    sample += line
    return "utf-8" if valid >= others else _guessed(sample)


def _guessed(sample: bytes) -> str:
    from charset_normalizer import from_bytes  # 100 ms, and only these files need it

    best = from_bytes(sample, cp_isolation=_WESTERN).best()
    return best.encoding if best and best.encoding in _WESTERN else _WESTERN[0]
