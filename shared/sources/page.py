"""page: a web page, or any file at a public address, read again only if its server says that it changed.

Setting `url`. An address inside a private network is never called, also not after a redirect; `own_origin`
(`http://intranet:8080`) is the operator's word that this one may be.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from urllib.parse import unquote, urljoin, urlsplit

from shared.models.setting import Setting
from shared.platform.http import HttpAnswer
from shared.sources import Broken, Connection, Content, Item, Known, Listing, Oversized, Terms
from shared.sources._answers import fetched, problem

TERMS = Terms({"url": Setting(str, required=True), "own_origin": Setting(str)})
_REDIRECTS = 5
#: Longest ETag that is kept.
_VALIDATOR = 500
_MOVED = (301, 302, 303, 307, 308)


class Page:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._url, self._own = connection.setting("url"), connection.setting("own_origin", " ").strip()

    async def look(self, known: Known, /) -> Listing:
        """Returns the page; asks for it with the ETag or the date of the version that was read last."""
        mark = known.marks.get("page", "")
        name = self._name()
        try:
            answer, place = await self._answer(_conditions(mark))
        except Oversized as error:
            return Listing([Item("page", name, "", partial(_refuse, error))])
        if answer.status == 304 and mark:
            return Listing(None)
        if answer.status != 200:
            raise problem(answer, urlsplit(place).hostname or "The address")
        content = Content(answer.body, answer.headers.get("content-type", "") or "text/html")

        async def load() -> Content:
            return content

        return Listing([Item("page", name, _mark(answer), load)])

    async def _answer(self, headers: Mapping[str, str]) -> tuple[HttpAnswer, str]:
        """Returns the answer after redirects, each of them checked, and its address."""
        url = self._url
        for _ in range(_REDIRECTS + 1):
            answer = await fetched(
                self._connection.http, url, own=self._own, limit=self._connection.limit, headers=headers
            )
            if answer.status not in _MOVED or "location" not in answer.headers:
                return answer, url
            url = urljoin(url, answer.headers["location"])
        raise Broken(f"{urlsplit(self._url).hostname} redirects in circles: give the page's final address.")

    def _name(self) -> str:
        split = urlsplit(self._url)
        return f"{split.hostname or ''}{unquote(split.path)}".rstrip("/")


def create(connection: Connection) -> Page:
    return Page(connection)


def _conditions(mark: str) -> dict[str, str]:
    """Returns the headers of a conditional request (RFC 9110, 13.1)."""
    try:
        known = json.loads(mark)
    except ValueError:
        return {}
    names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {names[name]: value for name, value in known.items() if name in names}


def _mark(answer: HttpAnswer) -> str:
    """Returns the validators of an answer with a digest of its body: not every server has validators."""
    known = {name: answer.headers.get(name, "") for name in ("etag", "last-modified")}
    short = {name: value for name, value in known.items() if 0 < len(value) <= _VALIDATOR}
    return json.dumps({**short, "sha256": hashlib.sha256(answer.body).hexdigest()})


async def _refuse(error: Oversized) -> Content:
    raise error
