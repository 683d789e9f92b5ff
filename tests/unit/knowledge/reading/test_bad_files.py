"""A file that cannot be read is refused with the reason and the remedy, within bounds of time and memory."""

from __future__ import annotations

import time

import pytest

from shared.formats.files import Unreadable
from shared.knowledge.reading import FILE_BYTES, apart, read, size_problem
from tests.unit.knowledge.reading import files

MIB = 1024 * 1024
DOCX = files.docx(("H1", "Meals"), ("Normal", "Breakfast is at seven."))
XLSX = files.xlsx({"A": [["Name", "Price"], ["Tent", 5]]})
PDF = files.pdf("Breakfast is at seven.", "Dinner is at eight.")
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
ENTITIES = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><x>&l9;</x>'
BAD: list[tuple[str, bytes, str, str]] = [
    ("empty", b"", "a.md", "is empty: fill it"),
    ("blank", b" \n\n ", "a.txt", "is empty: fill it"),
    ("image", b"\x89PNG\r\n", "a.png", "is of a format that is not read (.png): save it as PDF"),
    ("older Word", OLE, "a.doc", "save it as DOCX"),
    ("older Word by another name", OLE, "a.docx", "older format of Office: save it as DOCX"),
    (
        "encrypted DOCX",
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "a.docx",
        "is encrypted: save it without",
    ),
    (
        "encrypted XLSX",
        OLE + "EncryptedPackage".encode("utf-16-le"),
        "a.xlsx",
        "is encrypted: save it without",
    ),
    ("encrypted PDF", files.encrypted_pdf("geheim"), "a.pdf", "is encrypted: save it without a password"),
    ("cut DOCX", DOCX[: len(DOCX) // 2], "a.docx", "is broken, or no DOCX file"),
    ("cut XLSX", XLSX[:-200], "a.xlsx", "is broken, or no XLSX file"),
    ("cut PDF", PDF[:60], "a.pdf", "is broken, or no PDF"),
    ("text named PDF", b"Hello, I am no PDF at all.", "a.pdf", "is broken, or no PDF"),
    ("scanned PDF", files.pdf("", "", ""), "a.pdf", "seems to be scanned: run text recognition"),
    ("program named text", b"MZ\x90\x00\x03\x00\x00\x00", "a.txt", "is no text"),
    ("page of a script", b"<div id=app></div><script>go()</script>", "a.html", "has no text of its own"),
    ("headers alone", b"Name;Price\n", "a.csv", "has no rows"),
    ("empty sheets", files.xlsx({"A": []}), "a.xlsx", "has no rows"),
    ("DOCX without text", files.docx(), "a.docx", "has no text"),
    ("sheet named DOCX", XLSX, "a.docx", "is broken, or no DOCX file"),
    ("zip bomb", files.zip_bomb("word/document.xml", 200 * MIB), "a.docx", "unpacks to more than 150 MB"),
    ("entities", files.office({"word/document.xml": ENTITIES}), "a.docx", ""),
]


@pytest.mark.parametrize(("data", "name", "said"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
async def test_a_bad_file_is_refused_with_the_remedy(data: bytes, name: str, said: str) -> None:
    with pytest.raises(Unreadable) as refused:
        await apart.read(data, name)
    assert said in str(refused.value)
    assert ":" in str(refused.value)  # the remedy


def test_a_file_is_refused_by_its_size_alone() -> None:
    assert size_problem(300 * MIB) == "has 300 MB, more than the 25 MB that are read: split it"
    assert size_problem(FILE_BYTES) == ""
    with pytest.raises(Unreadable, match="more than the 25 MB"):
        next(read(bytes(FILE_BYTES + 1), "a.txt"))


def test_a_false_size_in_an_archive_s_directory_hides_nothing() -> None:
    bomb = files.false_size(files.zip_bomb("word/document.xml", 200 * MIB), b"word/document.xml", 1_000)
    with pytest.raises(Unreadable, match="is broken, or no DOCX"):
        next(read(bomb, "a.docx"))


async def test_a_sheet_that_claims_a_million_rows_is_read_at_once() -> None:
    import io
    import zipfile

    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(XLSX)) as old, zipfile.ZipFile(written, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            if member == "xl/worksheets/sheet1.xml":
                cell = b'<row r="1048576"><c r="XFD1048576"><v>7</v></c></row></sheetData>'
                data = data.replace(b"</sheetData>", cell).replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
            new.writestr(member, data)
    began = time.monotonic()
    found = await apart.read(written.getvalue(), "a.xlsx")
    assert [block.text for block in found] == ["Name: Tent; Price: 5"]
    assert time.monotonic() - began < 20


async def test_a_pdf_that_unpacks_to_gigabytes_is_refused() -> None:
    import zlib

    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"(a) Tj " * 150_000) for _ in range(1_000)) + packer.flush()
    whole = files.pdf("x", compressed=True)
    start, end = whole.index(b"stream\n") + 7, whole.index(b"\nendstream")
    length = f"/Length {end - start}".encode()
    bomb = (whole[:start] + packed + whole[end:]).replace(length, f"/Length {len(packed)}".encode())
    with pytest.raises(Unreadable):
        await apart.read(bomb, "a.pdf")


async def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "DEADLINE", 0.01)
    with pytest.raises(Unreadable, match="takes too long to read"):
        await apart.read(PDF, "a.pdf")


async def test_a_name_that_looks_like_an_option_is_a_name() -> None:
    found = await apart.read(b"Hello you.", "--help.txt")
    assert [block.text for block in found] == ["Hello you."]
