"""Files of a private page: streamed into its folder before the turn that makes it commits.

The page is kept first, for an hour: if the turn never commits, it goes with the files (upkeep/pages.py).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.models.page import Attachment, Page
from shared.platform import logs
from shared.platform.blobs import Blobs
from shared.platform.store import Store

#: Most files of a page, and most bytes of one.
FILES, SIZE = 5, 20 * 1024 * 1024
#: Time (s) for all files of a page: with the rest of an answer it fits into the turn's lease.
DEADLINE_S = 15.0
#: How long a page whose turn does not commit is kept.
UNMADE = timedelta(hours=1)


class _TooLarge(Exception):
    """A file has more bytes than a page takes."""


@dataclass(frozen=True)
class Source:
    """A file where it is now. `size` is in bytes, None if it is unknown."""

    name: str
    media_type: str
    size: int | None
    read: Callable[[], AsyncIterator[bytes]]


class Attaching:
    def __init__(self, store: Store, blobs: Blobs) -> None:
        self._store, self._blobs = store, blobs

    async def attach(
        self, page: Page, files: Sequence[Source], unread: tuple[type[Exception], ...], now: datetime
    ) -> list[str]:
        """Stores the files, and lists them in the page. Returns the names of those that were left out.

        A file is left out if it is too large, one too many, too slow, or cannot be read (`unread` are the
        errors that say so). Raises Retry if the store of blobs is unavailable.
        """
        planned = [each for each in files if (each.size or 0) <= SIZE][:FILES]
        if planned:
            await self._store.put(_unmade(page, planned, now))
        began = asyncio.get_running_loop().time()
        for source in planned:
            left_s = began + DEADLINE_S - asyncio.get_running_loop().time()
            if stored := await self._stored(page, source, unread, left_s):
                page.content.files.append(stored)
        kept = [each.name for each in page.content.files]
        return [each.name for each in files if not _taken(kept, each.name)]

    async def _stored(
        self, page: Page, source: Source, unread: tuple[type[Exception], ...], seconds: float
    ) -> Attachment | None:
        blob = f"{page.folder}/{len(page.content.files)}"
        left_out: tuple[type[Exception], ...] = (_TooLarge, TimeoutError, *unread)
        try:
            async with asyncio.timeout(seconds):
                size = await self._blobs.put_stream(blob, _limited(source.read()), source.media_type)
        except left_out as error:
            logs.logger().warning("page_file_left_out", tenant=page.tenant, error=type(error).__name__)
            return None
        return Attachment(name=source.name, media_type=source.media_type, blob=blob, size=size)


def _unmade(page: Page, planned: Sequence[Source], now: datetime) -> Page:
    """Returns the page as it is kept until its turn commits; its link is not known to anybody yet."""
    files = [
        Attachment(name=each.name, media_type=each.media_type, blob=f"{page.folder}/{number}", size=0)
        for number, each in enumerate(planned)
    ]
    content = page.content.model_copy(update={"files": files})
    return page.model_copy(update={"content": content, "expires_at": now + UNMADE})


async def _limited(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yields the pieces. Raises _TooLarge as soon as they are more than a page takes."""
    size = 0
    async for piece in pieces:
        size += len(piece)
        if size > SIZE:
            raise _TooLarge
        yield piece


def _taken(names: list[str], name: str) -> bool:
    """Takes a name from the list, and returns whether it was there: two files may have one name."""
    if name not in names:
        return False
    names.remove(name)
    return True
