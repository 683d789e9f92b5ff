"""DOCX, by mammoth, which makes HTML of Word's styles: headings, lists and tables stay what they are."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

from shared.formats.files import checked
from shared.knowledge.reading import Block, html


def read(data: bytes) -> Iterator[Block]:
    """Yields the blocks of a document. Raises Unreadable if it is broken, encrypted, or has no text."""
    checked(data, "word/document.xml", "DOCX")
    import mammoth

    logging.getLogger("mammoth").setLevel(logging.ERROR)
    styles = "p[style-name='Title'] => h1:fresh"
    ignored = mammoth.images.img_element(lambda _: {})
    found = mammoth.convert_to_html(io.BytesIO(data), style_map=styles, convert_image=ignored)
    return html.blocks(str(found.value))
