"""Files that people sent, for the holder of a signed link: staff, and the gateways that fetch them."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass

from shared.errors import Rejected
from shared.handoff.grants import granted
from shared.platform.blobs import Blobs, NoSuchBlob
from shared.platform.clock import Clock
from shared.tenants.directory import Directory
from shared.tenants.links import FileGrant, refusal

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}(; codecs=opus)?")
_UNKNOWN = "application/octet-stream"
#: Types that a browser shows; it saves a file of another type. An SVG may hold a script.
_SHOWN = re.compile(r"image/(?!svg).*|audio/.*|video/.*|application/pdf")


@dataclass(frozen=True)
class StoredFile:
    """A file's bytes with its media type; `shown` is whether a browser may show it in place of saving it."""

    data: bytes
    media_type: str

    @property
    def shown(self) -> bool:
        return _SHOWN.fullmatch(self.media_type) is not None

    @property
    def name(self) -> str:
        """The name under which it is saved: people's own names for files may name people."""
        return f"file{mimetypes.guess_extension(self.media_type.partition(';')[0]) or ''}"


class StoredFiles:
    def __init__(self, blobs: Blobs, directory: Directory, clock: Clock) -> None:
        self._blobs, self._directory, self._clock = blobs, directory, clock

    async def read(self, token: str) -> StoredFile:
        """Returns the file of a link.

        Raises Rejected: 401 the link, or a file that is not one of its tenant; 404 if the file is gone.
        """
        grant = await granted(FileGrant, token, self._directory, self._clock)
        place = f"tenants/{grant.tenant}/media/"
        if not grant.blob.startswith(place) or not {"", ".", ".."}.isdisjoint(grant.blob.split("/")):
            raise refusal()
        try:
            data = await self._blobs.get(grant.blob)
        except NoSuchBlob:
            raise Rejected(404, "the file is gone") from None
        known = _MEDIA_TYPE.fullmatch(grant.media_type)
        return StoredFile(data, grant.media_type if known else _UNKNOWN)
