"""Files of a page, streamed from the store of blobs: a large one takes no more memory than a small one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterator
from urllib.parse import quote

from shared.models.page import Attachment
from shared.pages.prose import one_line
from shared.platform.blobs import Blobs, NoSuchBlob

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")
_UNKNOWN = "application/octet-stream"
#: Characters that file systems refuse, or read as a path (https://www.rfc-editor.org/rfc/rfc6266#section-4.3).
_REFUSED = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]+')
#: The longest name of a file, and the longest end of it that is kept when a name is shortened.
_LONGEST, _SUFFIX = 100, 12


async def opened(blobs: Blobs, file: Attachment) -> AsyncIterator[bytes] | None:
    """Returns a file's pieces once the first one is here, or None if the file is gone. Raises Retry."""
    pieces = blobs.stream(file.blob)
    try:
        first = await anext(pieces, b"")
    except NoSuchBlob:
        return None
    return _from(first, pieces)


async def _from(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


def media_type(file: Attachment) -> str:
    """Returns the type under which a file is sent: its own if that is well-formed."""
    told = file.media_type.partition(";")[0].strip().lower()
    return told if _MEDIA_TYPE.fullmatch(told) else _UNKNOWN


def disposition(name: str) -> str:
    """Returns a Content-Disposition that saves a file under a safe name (RFC 6266, with RFC 5987's form)."""
    safe = safe_name(name)
    plain = unicodedata.normalize("NFKD", safe).encode("ascii", "ignore").decode().strip() or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def safe_name(name: str) -> str:
    """Returns a file's name as one line that is no path and at most 100 characters, with its ending."""
    name = _REFUSED.sub("_", one_line(name)).strip(" .") or "file"
    if len(name) <= _LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    end = f".{suffix}" if dot and stem and len(suffix) <= _SUFFIX else ""
    return name[: _LONGEST - len(end)].rstrip(" .") + end
