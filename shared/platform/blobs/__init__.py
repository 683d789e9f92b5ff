"""The blobs port: files by name, too large for a document.

Adapter: `object_store`, for GCS, S3, S3-compatible stores or a folder. Names are paths without a leading
slash, the tenant first: `tenants/hotel/media/waha.c-1/3EB0A1/0`. All of them pass one contract suite
(tests/contract/test_blobs.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class NoSuchBlob(Exception):
    """No blob has that name."""


class Blobs(Protocol):
    """A store of blobs.

    Each call raises errors.Retry if the store is unavailable, ValueError for a malformed name.
    """

    async def put(self, name: str, data: bytes, content_type: str) -> None:
        """Writes the whole blob or nothing; replaces a blob of that name."""
        ...

    async def get(self, name: str) -> bytes:
        """Returns a blob's bytes. Raises NoSuchBlob."""
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
