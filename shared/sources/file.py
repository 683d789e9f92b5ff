"""file: files that we keep ourselves, put there with a tenant's file or by `make knowledge`.

Setting `path`: a file or a folder beside the tenant's file, for one that is declared there.
"""

from __future__ import annotations

from functools import partial

from shared.errors import Retry
from shared.models.setting import Setting
from shared.models.source import StoredFile
from shared.platform.blobs import NoSuchBlob
from shared.sources import Broken, Connection, Content, Item, Known, Listing, Terms

TERMS = Terms({"path": Setting(str, required=True)})


class Files:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def look(self, _: Known, /) -> Listing:
        """Returns the stored files; their digests are their marks."""
        files = self._connection.source.files
        return Listing([Item(each.name, each.name, each.digest, partial(self._load, each)) for each in files])

    async def _load(self, file: StoredFile) -> Content:
        try:
            return Content(await self._connection.blobs.get(file.blob))
        except NoSuchBlob:
            raise Broken("It is no longer stored: add it again with make knowledge.") from None
        except Retry:
            raise Broken("The store of files did not answer: it is tried again.") from None


def create(connection: Connection) -> Files:
    return Files(connection)
