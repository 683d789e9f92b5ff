"""Adding and dropping of sources: their documents, and the files that we keep for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from mimetypes import guess_type

from shared.models.source import Source, SourceSettings, StoredFile
from shared.platform.blobs import Blobs
from shared.platform.store import Store, Transaction, Where

#: The most sources of a tenant that are looked at.
_SOURCES = 1_000
_SETTINGS = frozenset(SourceSettings.model_fields)


class Adding:
    def __init__(self, store: Store, blobs: Blobs) -> None:
        self._store, self._blobs = store, blobs

    async def add(
        self, wanted: Source, files: Mapping[str, bytes] | None = None, kept: Sequence[StoredFile] = ()
    ) -> Source:
        """Writes a source, or takes over its settings, and makes it due if anything changed.

        `files` are stored by name, beside those `kept`; blobs that are no longer used are deleted at the end.
        """
        stored = [*kept, *[await self._store_file(wanted, *each) for each in (files or {}).items()]]
        settings = SourceSettings(**{name: getattr(wanted, name) for name in _SETTINGS})

        async def work(tx: Transaction) -> tuple[Source, list[StoredFile]]:
            found = await tx.get(Source, tenant=wanted.tenant, source=wanted.source)
            source, before = found or wanted.model_copy(), found.files if found else []
            source.declared = wanted.declared
            source.declare(settings, stored)
            tx.put(source)
            return source, before

        source, before = await self._store.transaction(work)
        used = {each.blob for each in stored}
        for each in before:
            if each.blob not in used:
                await self._blobs.delete_prefix(each.blob.rpartition("/")[0])
        return source

    async def drop_others(self, tenant: str, declared: set[str]) -> None:
        """Drops the sources that a tenant's file once declared and no longer does; the function `knowledge`
        deletes their pieces."""
        where = [Where("declared", "==", True)]
        for each in await self._store.query(Source, where=where, limit=_SOURCES, tenant=tenant):
            if each.source not in declared:
                await self.drop(tenant, each.source)

    async def drop(self, tenant: str, source: str) -> None:
        """Drops a source. Its files are deleted now, its pieces by the function `knowledge`."""

        async def work(tx: Transaction) -> None:
            found = await tx.get(Source, tenant=tenant, source=source)
            if found is not None:
                found.drop()
                tx.put(found)

        await self._store.transaction(work)
        await self._blobs.delete_prefix(_folder(tenant, source))

    async def _store_file(self, source: Source, name: str, data: bytes) -> StoredFile:
        digest = hashlib.sha256(data).hexdigest()[:32]
        blob = f"{_folder(source.tenant, source.source)}/{digest}/file"
        await self._blobs.put(blob, data, guess_type(name)[0] or "application/octet-stream")
        return StoredFile(name=name, blob=blob, digest=digest)


def _folder(tenant: str, source: str) -> str:
    return f"tenants/{tenant}/sources/{source}"
