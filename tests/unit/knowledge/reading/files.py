"""Files of each format, as small as their formats allow."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from openpyxl.workbook.workbook import Workbook

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def pdf(*pages: str, titles: Sequence[tuple[str, int]] = (), compressed: bool = True) -> bytes:
    """Returns a PDF with the lines of each page, and an outline of titles with their pages."""
    count = len(pages)
    font, outline = 3 + 2 * count, 4 + 2 * count
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(count))
    last = outline + len(titles)
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /Outlines {outline} 0 R >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
    ]
    for number, text in enumerate(pages):
        lines = [
            line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in text.split("\n")
        ]
        shown = "BT /F1 11 Tf 14 TL 50 750 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        data = shown.encode("latin-1")
        stream = zlib.compress(data) if compressed else data
        kind = "/Filter /FlateDecode " if compressed else ""
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {4 + 2 * number} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>".encode()
        )
        objects.append(f"<< {kind}/Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    ends = f"/First {outline + 1} 0 R /Last {last} 0 R " if titles else ""
    objects.append(f"<< /Type /Outlines {ends}/Count {len(titles)} >>".encode())
    for place, (title, page) in enumerate(titles, outline + 1):
        beside = f"/Next {place + 1} 0 R " if place < last else ""
        at = f"/Dest [{1 + 2 * page} 0 R /Fit]"
        objects.append(f"<< /Title ({title}) /Parent {outline} 0 R {beside}{at} >>".encode("latin-1"))
    return _pdf(objects)


def _pdf(objects: Sequence[bytes]) -> bytes:
    data, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    head = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(data)}\n%%EOF"
    return data + head.encode() + trailer.encode()


def encrypted_pdf(password: str) -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("Secret words of the house."))))
    writer.encrypt(password)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def docx(*paragraphs: tuple[str, str], table: Sequence[Sequence[str]] = ()) -> bytes:
    """Returns a document with paragraphs of (style, text), the table at its end."""
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{escape(text)}</w:t></w:r></w:p>'
        for style, text in paragraphs
    )
    cells = "".join(
        "<w:tr>"
        + "".join(f"<w:tc><w:p><w:r><w:t>{escape(c)}</w:t></w:r></w:p></w:tc>" for c in row)
        + "</w:tr>"
        for row in table
    )
    rows = f"<w:tbl>{cells}</w:tbl>" if table else ""
    return office({"word/document.xml": f"<w:document {_WORD}><w:body>{body}{rows}</w:body></w:document>"})


def office(parts: dict[str, str]) -> bytes:
    """Returns an archive with these parts and the relations that mammoth looks for."""
    main = next(iter(parts))
    relation = f'<Relationship Id="r1" Type="{_OFFICE}" Target="{main}"/>'
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{shown}"/></w:style>'
        for name, shown in (("Title", "Title"), ("H1", "heading 1"), ("H2", "heading 2"))
    )
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_RELATIONS}">{relation}</Relationships>')
        archive.writestr("word/styles.xml", f"<w:styles {_WORD}>{styles}</w:styles>")
        for name, text in parts.items():
            archive.writestr(name, text)
    return written.getvalue()


def xlsx(sheets: Mapping[str, Sequence[Sequence[object]]], formats: dict[str, str] | None = None) -> bytes:
    """Returns a workbook; `formats` are number formats by cell of the first sheet."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for cell, form in (formats or {}).items():
        book.worksheets[0][cell].number_format = form
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def zip_bomb(member: str, size: int) -> bytes:
    """Returns an archive whose member unpacks to that many bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(member, "w") as bomb:
        for _ in range(size // (1024 * 1024)):
            bomb.write(bytes(1024 * 1024))
    return written.getvalue()


def false_size(data: bytes, member: bytes, size: int) -> bytes:
    """Returns the archive with a false size of a member in its directory."""
    start = data.rindex(b"PK\x01\x02", 0, data.rindex(member))
    return data[: start + 24] + size.to_bytes(4, "little") + data[start + 28 :]
