"""Files of records, read in pieces: a range of bytes at a time (RFC 9110, 14), so that memory stays flat."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping

from shared.records import Broken
from shared.records._api import Api

#: Bytes of a piece, and of a file at most.
PIECE, MOST = 1024 * 1024, 25 * 1024 * 1024
_RANGE = re.compile(r"bytes (\d{1,12})-(\d{1,12})/(\d{1,12})")


async def pieces(api: Api, url: str, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
    """Yields a file's bytes; a server without ranges sends it whole. Raises Broken."""
    place, size, mark = 0, 1, ""
    while place < size:
        ranged = {**headers, "range": f"bytes={place}-{place + PIECE - 1}"}
        answer = await api.fetch(url, ranged, MOST if place == 0 else PIECE)
        if answer.status == 200 and place == 0:
            yield answer.body
            return
        if answer.status == 416 and place == 0:  # an empty file
            return
        if answer.status not in (200, 206):
            raise api.problem(answer)
        found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        if found is None or int(found[1]) != place or len(answer.body) != int(found[2]) - place + 1:
            raise api.unexpected("range of the file")
        if (place and answer.headers.get("etag", "") != mark) or not answer.body:
            raise Broken(f"{api.vendor}: the file changed while it was read.")
        size, mark = int(found[3]), answer.headers.get("etag", "")
        if size > MOST:
            raise Broken(f"{api.vendor}: a file has more than {MOST // PIECE} MB.")
        yield answer.body
        place += len(answer.body)
