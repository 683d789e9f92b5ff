"""Pictures and documents of a turn, as parts of the request to a model that can read them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from shared import llm
from shared.answers import Asked
from shared.errors import Retry
from shared.models.message import Inbound
from shared.models.parts import Media
from shared.platform import logs
from shared.platform.blobs import Blobs, NoSuchBlob
from shared.platform.fair_share import FairShare

#: Media types that the vendors' models read as they are:
#: https://docs.claude.com/en/docs/build-with-claude/vision and …/pdf-support,
#: https://ai.google.dev/gemini-api/docs/image-understanding and …/document-processing.
TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf")
#: Most files of one request, the newest, and most bytes of all (Anthropic takes pictures of 5 MB): a picture
#: costs up to 1,600 tokens, a page of a document up to 3,000.
FILES, BYTES = 4, 5_000_000
#: Turns whose files one instance has in memory at once, each three times (as bytes, in base64 and in a
#: request), and how long (s) a turn waits for that.
_AT_ONCE, _PATIENCE_S = 6, 2.0


def readable(batch: Sequence[Inbound]) -> list[Media]:
    """Returns the stored files of a turn that a model may read, within the limits, in the person's order."""
    found: list[Media] = []
    for part in [part for message in reversed(batch) for part in reversed(message.parts)]:
        if not isinstance(part, Media) or not part.stored or part.stored_type not in TYPES:
            continue
        size = sum(each.size for each in found) + part.size
        if part.kind != "sticker" and size <= BYTES and len(found) < FILES:
            found.insert(0, part)
    return found


class FileReading:
    """The files of a turn from the store of blobs."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs, self._slots = blobs, FairShare(_AT_ONCE)

    @asynccontextmanager
    async def files(self, asked: Asked) -> AsyncIterator[list[llm.File]]:
        """Holds the files of the turn that a model may read, without those that the store cannot give.

        The request is made inside the block: the instance has memory for a few turns' files. Raises Retry if
        it has none for a while.
        """
        if not (wanted := readable(asked.batch)):
            yield []
            return
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._slots.slot(asked.tenant.tenant, _PATIENCE_S))
            except TimeoutError:
                raise Retry("files_are_busy") from None
            yield [file for media in wanted if (file := await self._file(media))]

    async def _file(self, media: Media) -> llm.File | None:
        try:
            return llm.File(await self._blobs.get(media.stored), media.stored_type)
        except (Retry, NoSuchBlob) as error:
            logs.logger().error("file_unreadable", **logs.describe(error))
            return None
