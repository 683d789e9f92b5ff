"""Others' files before they are read: bytes as text, and checks of office files (DOCX, XLSX), which are ZIP
archives of XML."""

from __future__ import annotations

import codecs
import io
import zipfile

#: Most bytes that a compressed file (DOCX, XLSX) may have once it is unpacked.
UNPACKED_BYTES = 150 * 1024 * 1024
#: Bytes from which an undeclared encoding is guessed.
_SAMPLE = 200_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
#: Office's older format, and the envelope of an encrypted file ([MS-OFFCRYPTO], 2.3): a compound file.
_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MEMBERS = 5_000
_BROKEN = "is broken, or no {kind} file: open it and save it anew"


class Unreadable(Exception):
    """A file that cannot be read. The text is the rest of a sentence whose subject is the file: the reason,
    and the remedy."""


def decoded(data: bytes, declared: str = "") -> str:
    """Returns bytes as text: by their byte order mark, as declared, as UTF-8, or else as Windows has it.

    The statistics of charset_normalizer come last: they mistake short texts in windows-1252.

    Raises Unreadable if they are no text.
    """
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    for name in filter(None, (marked, declared, "utf-8", "windows-1252")):
        try:
            return _without_nulls(data.decode(name))
        except (UnicodeDecodeError, LookupError):
            continue
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        raise Unreadable("is no text: save it anew, in UTF-8")
    return _without_nulls(data.decode(best.encoding, errors="replace"))


def _without_nulls(text: str) -> str:
    if "\x00" in text[:_SAMPLE]:
        raise Unreadable("is no text, though its name says so: give it its right ending, or save it anew")
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def checked(data: bytes, member: str, kind: str) -> None:
    """Checks that `data` is an archive with `member`, small enough once it is unpacked. Raises Unreadable.

    Each member is unpacked here once: the sizes in an archive's directory may be false.
    """
    if data.startswith(_COMPOUND):
        if _ENCRYPTED in data:
            raise Unreadable("is encrypted: save it without a password")
        raise Unreadable(f"is in an older format of Office: save it as {kind}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_members(archive, member, kind)
    except (zipfile.BadZipFile, NotImplementedError, OSError, RuntimeError, EOFError, ValueError):
        raise Unreadable(_BROKEN.format(kind=kind)) from None


def _check_members(archive: zipfile.ZipFile, member: str, kind: str) -> None:
    members = archive.infolist()
    if len(members) > _MEMBERS or sum(each.file_size for each in members) > UNPACKED_BYTES:
        limit = UNPACKED_BYTES // (1024 * 1024)
        raise Unreadable(f"unpacks to more than {limit} MB: take pictures out, or split it")
    if member not in archive.namelist():
        raise Unreadable(_BROKEN.format(kind=kind))
    if archive.testzip() is not None:
        raise Unreadable(_BROKEN.format(kind=kind))
