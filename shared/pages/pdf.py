"""A page as PDF, made of the same words when it is asked for.

A person's text is data: the library's markup is switched off. Lines with letters of a right-to-left script
are set in one style, because the library orders them only then (the Unicode bidirectional algorithm).
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from shared.formats.localised import right_to_left
from shared.formats.marks import runs, without
from shared.models.page import Page
from shared.pages.prose import blocks, one_line

MEDIA_TYPE = "application/pdf"
_FONTS = Path(__file__).parent / "fonts"
_FONT = "DejaVu"
#: Sizes (pt), heights of lines and distances (mm).
_TITLE, _TEXT, _SMALL = 18, 11, 8.5
_LINE, _MARGIN, _GAP, _INDENT = 6.0, 22, 3.0, 6
_INK, _SOFT, _RULE = (23, 33, 29), (85, 96, 91), (15, 107, 92)


def pdf(page: Page, organisation: str) -> bytes:
    """Returns the page as PDF. Its size grows with the words; making it takes some 0.2 s."""
    return _Sheet(page, organisation).made()


class _Sheet:
    """One document while it is written."""

    def __init__(self, page: Page, organisation: str) -> None:
        from fpdf import FPDF

        self._content, self._organisation = page.content, one_line(organisation)
        self._to_left = right_to_left(page.content.language)
        self._pdf = FPDF(format="A4")
        for style, name in (("", "DejaVuSans"), ("B", "DejaVuSans-Bold")):
            self._pdf.add_font(_FONT, style, _FONTS / f"{name}.ttf")
        self._pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self._pdf.c_margin = 0
        self._pdf.set_auto_page_break(auto=True, margin=_MARGIN)
        self._pdf.set_title(one_line(page.content.title))
        self._pdf.set_author(self._organisation)
        self._pdf.set_lang(page.content.language)
        self._pdf.set_creation_date(page.created_at)
        self._pdf.add_page()

    def made(self) -> bytes:
        self._line(self._organisation, _TEXT, _SOFT)
        self._pdf.ln(_GAP)
        self._line(without(one_line(self._content.title)), _TITLE, _INK, bold=True)
        self._rule()
        for block in blocks(self._content.text):
            for line in block.lines:
                self._text(line, item=block.items)
            self._pdf.ln(_GAP)
        return bytes(self._pdf.output())

    def _rule(self) -> None:
        self._pdf.ln(_GAP)
        self._pdf.set_draw_color(*_RULE)
        self._pdf.set_line_width(0.4)
        self._pdf.line(_MARGIN, self._pdf.get_y(), self._pdf.w - _MARGIN, self._pdf.get_y())
        self._pdf.ln(2 * _GAP)

    def _text(self, line: str, *, item: bool) -> None:
        """Writes a line of a paragraph, or an item of a list."""
        line = f"•  {line}" if item else line
        if self._to_left or _has_right_to_left(line):
            self._line(without(line), _TEXT, _INK)
            return
        self._pdf.set_text_shaping(True)
        self._pdf.set_text_color(*_INK)
        with (
            self._pdf.text_columns(text_align="L", line_height=1.45) as columns,
            columns.paragraph(indent=_INDENT if item else 0, bottom_margin=1) as paragraph,
        ):
            for run in runs(line):
                self._pdf.set_font(_FONT, "B" if run.bold else "", _TEXT)
                paragraph.write(run.text)

    def _line(self, text: str, size: float, colour: tuple[int, int, int], *, bold: bool = False) -> None:
        """Writes words in one style, in the direction of the page."""
        direction = "rtl" if self._to_left else "ltr"
        self._pdf.set_text_shaping(True, direction=direction)
        self._pdf.set_text_color(*colour)
        self._pdf.set_font(_FONT, "B" if bold else "", size)
        align = "R" if self._to_left else "L"
        height = _LINE * size / _TEXT
        self._pdf.multi_cell(0, height, text, align=align, markdown=False, new_x="LMARGIN", new_y="NEXT")


def _has_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)
