"""Detection of a file's type from its bytes, and the types that are accepted."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.inbound.file_types import accepted
from shared.models.parts import Media

MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


def archive(*names: str, first: tuple[str, str] | None = None) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as packed:
        if first:
            packed.writestr(*first)
        for name in names:
            packed.writestr(name, "<xml/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("kind", "data", "media_type"),
    [
        ("image", b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        ("image", b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        ("image", b"GIF89a\x01", "image/gif"),
        ("sticker", b"RIFF\x24\x0a\x00\x00WEBPVP8 ", "image/webp"),
        ("sticker", b"\x1a\x45\xdf\xa3\x01", "video/webm"),
        ("voice", b"OggS\x00\x02", "audio/ogg"),
        ("voice", MP4, "video/mp4"),
        ("audio", b"ID3\x04\x00", "audio/mpeg"),
        ("audio", b"\xff\xfb\x90\x00", "audio/mpeg"),
        ("audio", b"\xff\xf1\x50\x80", "audio/aac"),
        ("audio", b"#!AMR\n", "audio/amr"),
        ("audio", b"\x00\x00\x00\x1cftypM4A \x00", "audio/mp4"),
        ("video", MP4, "video/mp4"),
        ("video", b"\x00\x00\x00\x18ftyp3gp5", "video/3gpp"),
        ("document", b"%PDF-1.7\n", "application/pdf"),
        ("document", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("document", archive("[Content_Types].xml", "word/document.xml"), DOCX),
        ("document", archive("[Content_Types].xml", "xl/workbook.xml"), XLSX),
        ("document", archive("content.xml", first=("mimetype", ODT)), ODT),
    ],
)
def test_what_is_kept_and_as_what(kind: str, data: bytes, media_type: str) -> None:
    media = Media.model_validate({"kind": kind, "mimetype": "text/html"})  # declared, and ignored
    assert accepted(media, data) == media_type


@pytest.mark.parametrize("told", ["application/msword", "application/vnd.ms-excel; charset=binary"])
def test_an_old_office_document_is_what_is_told_of_it(told: str) -> None:
    assert accepted(Media(kind="document", mimetype=told), OLE) == told.partition(";")[0]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("image", b"%PDF-1.7\n"),
        ("image", b"OggS\x00\x02"),
        ("image", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ("image", b""),
        ("voice", b"\xff\xd8\xff\xe0"),
        ("audio", b"%PDF-1.7\n"),
        ("video", b"\x89PNG\r\n\x1a\n"),
        ("sticker", b"\x1f\x8b\x08\x00"),
        ("document", b"MZ\x90\x00"),
        ("document", b"\x7fELF"),
        ("document", b"#!/bin/sh\n"),
        ("document", b"<html><script>alert(1)</script>"),
        ("document", archive("classes.dex", "AndroidManifest.xml")),
        ("document", archive("setup.exe")),
        ("document", OLE),
        ("document", b""),
    ],
)
def test_what_is_not_kept(kind: str, data: bytes) -> None:
    media = Media.model_validate({"kind": kind, "mimetype": "image/png"})
    assert accepted(media, data) is None


@given(data=st.binary(max_size=64), mimetype=st.text(max_size=30))
def test_noise_is_kept_only_as_what_it_begins_like(data: bytes, mimetype: str) -> None:
    found = accepted(Media(kind="image", mimetype=mimetype), data)
    assert found is None or found.startswith("image/")
