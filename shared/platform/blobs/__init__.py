"""The blobs port: files by name, too large for a document.

Adapter: `object_store`, for GCS, S3, S3-compatible stores or a folder. Names are paths without a leading
slash, the tenant first: `tenants/hotel/media/waha.c-1/3EB0A1/0`. All of them pass one contract suite
(tests/contract/test_blobs.py).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Protocol

#: Size (bytes) of the pieces in which a blob is streamed.
PIECE = 256 * 1024


class NoSuchBlob(Exception):
    """No blob has that name."""


class Blobs(Protocol):
    """A store of blobs.

    Each call raises errors.Retry if the store is unavailable, ValueError for a malformed name.
    """

    async def put(self, name: str, data: bytes, content_type: str) -> None:
        """Writes the whole blob or nothing; replaces a blob of that name."""
        ...

    async def put_stream(self, name: str, pieces: AsyncIterator[bytes], content_type: str) -> int:
        """Writes a blob from its pieces, of which few are in memory at a time. Returns its size in bytes.

        An error of `pieces` leaves no blob, and is raised as it is. The caller sets the deadline.
        """
        ...

    async def get(self, name: str) -> bytes:
        """Returns a blob's bytes. Raises NoSuchBlob."""
        ...

    def stream(self, name: str) -> AsyncIterator[bytes]:
        """Yields a blob in pieces of at most PIECE bytes, as slowly as they are taken. Raises NoSuchBlob
        before the first one."""
        ...

    async def delete_prefix(self, prefix: str) -> None:
        """Deletes all blobs under the folder `prefix`: `tenants/hotel` does not touch `tenants/hotels`.

        Raises ValueError if it is empty.
        """
        ...

    async def link(self, name: str, expires: timedelta) -> str | None:
        """Returns a URL that serves the blob to any holder until it expires, or None for a folder.

        The stores allow a week at most.
        """
        ...
