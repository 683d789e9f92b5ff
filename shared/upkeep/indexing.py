"""The search index of contacts that were written before there was one (conversation/finding.py)."""

from __future__ import annotations

from shared.conversation.finding import index
from shared.models.people import Contact
from shared.platform.store import Conflict, Store, Where

_PAGE = 200


class Indexing:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self, tenant: str) -> int:
        """Writes the missing keys of a tenant's contacts; returns the number of contacts that lacked some.

        One that changes meanwhile gets its keys from the writer who changed it.
        """
        written, after = 0, ""
        while True:
            where = [Where("contact", ">", after)]
            page = await self._store.query(Contact, where=where, order="contact", limit=_PAGE, tenant=tenant)
            for contact in page:
                known = contact.search
                index(contact)
                if contact.search != known:
                    written += await self._replaced(contact)
            if len(page) < _PAGE:
                return written
            after = page[-1].contact

    async def _replaced(self, contact: Contact) -> bool:
        try:
            await self._store.replace(contact)
        except Conflict:
            return False
        return True
