"""Private pages as building blocks of transactions: the token in a link, and the acts on a page."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from shared.conversation.acts import Prepared, Scene
from shared.models.page import Page
from shared.platform.blobs import Blobs
from shared.platform.store import Store

#: Pages that one query finds.
_LIMIT = 100


def digest(token: str) -> str:
    """Returns the id of the page whose link has this token.

    A token has 160 random bits, so its plain SHA-256 cannot be reversed by trying.
    """
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def path(tenant: str, token: str) -> str:
    """Returns the path of a link, below our origin."""
    return f"pages/{tenant}/{token}"


@dataclass(frozen=True)
class MakePage:
    """Makes a page, in force with the turn that tells its link.

    A page with files was kept before its files were stored (answers/services/paging.py), so that they are
    deleted even if its turn never commits; this writes over it.
    """

    page: Page

    async def prepare(self, scene: Scene) -> Prepared:
        return Prepared(lambda: scene.tx.put(self.page))


async def delete(store: Store, blobs: Blobs, page: Page) -> None:
    """Deletes a page after its files, so that a repeat finds what a crash has left. Raises Retry."""
    if page.content.files:
        await blobs.delete_prefix(page.folder)
    await store.delete(Page, tenant=page.tenant, page=page.page)
