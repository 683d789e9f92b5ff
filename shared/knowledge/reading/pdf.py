"""PDF, by pypdf: the text of each page, under the titles of the document's outline."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from shared.formats.files import Unreadable
from shared.knowledge.reading import BLOCKS, PAGES, Block

if TYPE_CHECKING:
    from pypdf import PdfReader

#: Least letters of a page, on average, for a document that is not only scanned.
_LETTERS = 10
#: From this many pages on, a line at the edge of most of them is a header or a footer.
_REPEATED = 4
_ENTRIES = 2_000
_PARAGRAPH = re.compile(r"\n\s*\n")
#: A word that is broken at the end of a line.
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-\u00ad]\n(?=[a-zà-öø-ÿ])")
_LIST = re.compile(r"\n(?=\s*(?:[-–•▪*]|\d{1,2}[.)])\s)")


def read(data: bytes) -> Iterator[Block]:
    """Yields the paragraphs of all pages. Raises Unreadable if it is broken, encrypted, or only scanned."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("is encrypted: save it without a password")
        count = len(reader.pages)
        if count > PAGES:
            raise Unreadable(f"has {count} pages, more than the {PAGES} that are read: split it")
        texts = [page.extract_text() for page in reader.pages]
        titles = _titles(reader)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise Unreadable("is broken, or no PDF: open it and save it anew") from None
    if sum(sum(map(str.isalpha, text)) for text in texts) < _LETTERS * max(len(texts), 1):
        raise Unreadable("has no text, it seems to be scanned: run text recognition (OCR) on it")
    return iter(list(_blocks(_without_repeated(texts), titles))[:BLOCKS])


def _blocks(texts: Sequence[str], titles: dict[int, tuple[str, ...]]) -> Iterator[Block]:
    above: tuple[str, ...] = ()
    for number, text in enumerate(texts, 1):
        above = titles.get(number, above)
        for paragraph in _PARAGRAPH.split(_LIST.sub("\n\n", _HYPHEN.sub("", text))):
            if plain := " ".join(paragraph.split()):
                yield Block(above, plain, number)


def _without_repeated(texts: Sequence[str]) -> list[str]:
    """Returns the pages without headers and footers: a first or last line that most pages have there, apart
    from its numbers."""
    pages = [text.strip().split("\n") for text in texts]
    if len(pages) < _REPEATED:
        return ["\n".join(page) for page in pages]
    for place in (0, -1):
        counts = Counter(_mark(page[place]) for page in pages if page)
        for page in pages:
            if page and counts[_mark(page[place])] > len(pages) / 2:
                del page[place]
    return ["\n".join(page) for page in pages]


def _mark(line: str) -> str:
    return re.sub(r"\d+", "0", " ".join(line.split()))


def _titles(reader: PdfReader) -> dict[int, tuple[str, ...]]:
    """Returns the path of titles that is in force from each page on which one begins."""
    found: dict[int, tuple[str, ...]] = {}
    path: list[tuple[int, str]] = []
    for level, entry in _entries(reader.outline, 0):
        page, title = reader.get_destination_page_number(entry), " ".join(str(entry.title).split())
        while path and path[-1][0] >= level:
            path.pop()
        path.append((level, title))
        if page is not None and title:
            found[page + 1] = tuple(each for _, each in path)
        if len(found) >= _ENTRIES:
            break
    return found


def _entries(outline: Sequence[Any], level: int) -> Iterator[tuple[int, Any]]:
    for each in outline:
        if isinstance(each, list):
            yield from _entries(each, level + 1)
        else:
            yield level, each
