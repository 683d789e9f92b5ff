"""The blobs port: files by name, for what is too large for a document. Adapter: `object_store`, which keeps
them in GCS, in S3 and what speaks like it, or in a folder.

Names are paths without a leading slash, the tenant first: `tenants/hotel/media/waha.c-1/3EB0A1/0`. All kinds
of places are held to one contract suite (tests/contract/test_blobs.py).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol


class NoSuchBlob(Exception):
    """Nothing has that name."""


class Blobs(Protocol):
    """Each call raises errors.Retry where the store cannot be used now, ValueError for what is no name."""

    async def put(self, name: str, data: bytes, content_type: str) -> None:
        """Writes all of it, or nothing; in the place of what had that name."""
        ...

    async def get(self, name: str) -> bytes:
        """Raises NoSuchBlob."""
        ...

    async def delete_prefix(self, prefix: str) -> None:
        """Deletes all that lies under the folder `prefix`: `tenants/hotel` does not touch `tenants/hotels`.
        Raises ValueError where it is empty."""
        ...

    async def link(self, name: str, expires: timedelta) -> str | None:
        """An address that gives the blob to whoever holds it, until it expires (a week at most, the stores'
        own limit). None where the store has no addresses: a folder."""
        ...
