"""Detection of a file's media type by its first bytes: the sender's claim is not trusted.

Signatures: https://www.iana.org/assignments/media-types/ and
https://en.wikipedia.org/wiki/List_of_file_signatures; the office formats are zip archives with distinct entry
names (ECMA-376, OpenDocument 1.3 part 2).
"""

from __future__ import annotations

import re

from shared.models.parts import Media

_SIGNATURES = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"OggS"), "audio/ogg"),
    (re.compile(rb"ID3|\xff[\xfb\xf3\xf2]"), "audio/mpeg"),
    (re.compile(rb"\xff[\xf1\xf9]"), "audio/aac"),
    (re.compile(rb"#!AMR"), "audio/amr"),
    (re.compile(rb"....ftypM4[AB] ", re.DOTALL), "audio/mp4"),
    (re.compile(rb"....ftyp3g", re.DOTALL), "video/3gpp"),
    (re.compile(rb"....ftyp(?:isom|iso[2-6]|mp4[12]|avc1|MSNV|M4V |dash)", re.DOTALL), "video/mp4"),
    (re.compile(rb"\x1a\x45\xdf\xa3"), "video/webm"),
    (re.compile(rb"%PDF-"), "application/pdf"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "application/x-ole-storage"),
    (re.compile(rb"PK\x03\x04"), "application/zip"),
)
_OOXML = "application/vnd.openxmlformats-officedocument."
_ARCHIVES = {
    b"word/document.xml": f"{_OOXML}wordprocessingml.document",
    b"xl/workbook.xml": f"{_OOXML}spreadsheetml.sheet",
    b"ppt/presentation.xml": f"{_OOXML}presentationml.presentation",
}
#: An OpenDocument's first entry is named `mimetype` and holds the type.
_OPEN_DOCUMENT = re.compile(
    rb"PK\x03\x04.{26}mimetype(application/vnd\.oasis\.opendocument\.(?:text|spreadsheet|presentation))PK",
    re.DOTALL,
)
_OLE = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"

#: Media types accepted for each kind of part. A container does not tell whether it holds pictures.
_SOUND = "audio/", "video/mp4", "video/3gpp", "video/webm"
_KINDS: dict[str, tuple[str, ...]] = {
    "image": ("image/",),
    "sticker": ("image/", "video/webm", "video/mp4"),
    "voice": _SOUND,
    "audio": _SOUND,
    "video": ("video/", "image/gif"),
    "document": ("image/", "audio/", "video/", "application/"),
}


def accepted(media: Media, data: bytes) -> str | None:
    """Returns the detected media type, or None if it is not accepted or not as the part declares."""
    found = _sniff(data)
    if found == "application/zip":
        found = _archive(data)
    elif found == "application/x-ole-storage":  # the old office formats share one signature
        told = media.mimetype.partition(";")[0].strip().lower()
        found = told if told in _OLE else ""
    return found if found and found.startswith(_KINDS[media.kind]) else None


def _sniff(data: bytes) -> str:
    return next((name for signature, name in _SIGNATURES if signature.match(data)), "")


def _archive(data: bytes) -> str:
    if said := _OPEN_DOCUMENT.match(data):
        return said[1].decode()
    return next((name for entry, name in _ARCHIVES.items() if entry in data), "")
