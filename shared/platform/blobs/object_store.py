"""The blobs port on obstore, Rust's object_store: one library for GCS, S3, MinIO and a folder.

It finds its credentials as each cloud's own tools do: the metadata server on Google's, `AWS_*` for S3, among
them `AWS_ENDPOINT_URL` for S3-compatible stores (https://docs.rs/object_store, AmazonS3ConfigKey).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import Retry
from shared.platform.blobs import PIECE, NoSuchBlob

if TYPE_CHECKING:
    from obstore import Attributes
    from obstore.store import ClientConfig, GCSStore, LocalStore, RetryConfig, S3Store

#: Deadline (s) of a call with its retries.
_DEADLINE_S = 20.0
#: Plain HTTP is used only if the operator's own endpoint says so: a MinIO beside the laptop.
_CLIENT: ClientConfig = {"timeout": timedelta(seconds=8), "allow_http": True}
_RETRIES: RetryConfig = {"max_retries": 2, "retry_timeout": timedelta(seconds=_DEADLINE_S)}
#: The most that S3 deletes in one request (DeleteObjects).
_BATCH = 1_000
#: Size of a part of a streamed upload (bytes, S3's least), and parts that are sent at the same time.
_PART, _PARTS_AT_ONCE = 5 * 1024 * 1024, 2


class ObjectStoreBlobs:
    def __init__(self, url: str) -> None:
        """Takes `gs://bucket[/prefix]`, `s3://bucket[/prefix]` or `folder:PATH`; creates the folder."""
        self._url = url

    async def put(self, name: str, data: bytes, content_type: str) -> None:
        import obstore

        async with _deadline():
            await obstore.put_async(self._store, name, data, attributes=self._told(content_type))

    async def put_stream(self, name: str, pieces: AsyncIterator[bytes], content_type: str) -> int:
        import obstore

        size, failed = 0, list[Exception]()

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size
            try:
                async for piece in pieces:
                    size += len(piece)
                    yield piece
            except Exception as error:
                failed.append(error)
                raise

        try:
            async with _refused():
                await obstore.put_async(
                    self._store,
                    name,
                    counted(),
                    attributes=self._told(content_type),
                    chunk_size=_PART,
                    max_concurrency=_PARTS_AT_ONCE,
                )
        except Retry:
            if failed:  # it is the source's error, not the store's
                raise failed[0] from None
            raise
        return size

    async def get(self, name: str) -> bytes:
        import obstore

        async with _deadline():
            try:
                found = await obstore.get_async(self._store, name)
                return bytes(await found.bytes_async())
            except FileNotFoundError:
                raise NoSuchBlob(name) from None

    async def stream(self, name: str) -> AsyncIterator[bytes]:
        """Yields the blob in ranges, each a call with its own deadline: a slow reader breaks none of them."""
        import obstore

        async with _deadline():
            try:
                size = (await obstore.head_async(self._store, name))["size"]
            except FileNotFoundError:
                raise NoSuchBlob(name) from None
        for start in range(0, size, PIECE):
            async with _deadline():
                end = min(start + PIECE, size)
                piece = bytes(await obstore.get_range_async(self._store, name, start=start, end=end))
            yield piece

    async def delete_prefix(self, prefix: str) -> None:
        import obstore

        if not prefix.strip("/"):
            raise ValueError("prefix: expected a folder's name, not the whole store")
        while True:  # each page has a deadline of its own: a tenant may have millions
            async with _deadline():
                page = await anext(obstore.list(self._store, prefix, chunk_size=_BATCH), None)
                if not page:
                    return
                await obstore.delete_async(self._store, [each["path"] for each in page])

    async def link(self, name: str, expires: timedelta) -> str | None:
        import obstore
        from obstore.store import LocalStore

        if isinstance(self._store, LocalStore):
            return None
        async with _deadline():
            return await obstore.sign_async(self._store, "GET", name, expires)

    def _told(self, content_type: str) -> Attributes | None:
        """Returns what the store keeps with a blob. A file system does not keep its type; readers of the
        blob know it from the document."""
        from obstore.store import LocalStore

        return None if isinstance(self._store, LocalStore) else {"Content-Type": content_type}

    @cached_property
    def _store(self) -> GCSStore | S3Store | LocalStore:
        from obstore.store import GCSStore, LocalStore, S3Store

        kind, _, where = self._url.partition(":")
        if kind == "folder":
            return LocalStore(Path(where), mkdir=True)
        bucket, _, prefix = where.removeprefix("//").partition("/")
        bucket_store: type[GCSStore | S3Store] = GCSStore if kind == "gs" else S3Store
        return bucket_store(bucket, prefix=prefix or None, client_options=_CLIENT, retry_config=_RETRIES)


@asynccontextmanager
async def _deadline() -> AsyncIterator[None]:
    """Raises Retry for a failure of the store or a missed deadline."""
    async with _refused():
        async with asyncio.timeout(_DEADLINE_S):
            yield


@asynccontextmanager
async def _refused() -> AsyncIterator[None]:
    """Raises Retry for a failure of the store."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, TimeoutError) as error:
        raise Retry(f"blobs_{type(error).__name__}") from error
