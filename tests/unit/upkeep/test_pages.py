"""The end of private pages: documents and files go when a page is over, and when its person is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.errors import Retry
from shared.models.page import Attachment, Page, PageContent
from shared.platform.blobs import NoSuchBlob
from shared.upkeep.pages import LIMIT, Pages
from tests.world import START, World


async def keep(world: World, page: str, *, days: float = 7, files: int = 1, **more: Any) -> Page:
    """Keeps a page with files."""
    tenant = more.get("tenant", "parish")
    folder = f"tenants/{tenant}/pages/{page}"
    for number in range(files):
        await world.ports.blobs.put(f"{folder}/{number}", b"1", "text/plain")
    attached = [
        Attachment(name="f", media_type="text/plain", blob=f"{folder}/{number}", size=1)
        for number in range(files)
    ]
    kept = Page(
        **{"tenant": "parish", "contact": "c-1", **more},
        page=page,
        conversation="waha.c-1",
        content=PageContent(kind="text", title="t", language="fr", text=[], files=attached),
        made_by="one",
        created_at=START,
        expires_at=START + timedelta(days=days),
    )
    await world.store.put(kept)
    return kept


async def left(world: World, tenant: str = "parish") -> list[str]:
    found = await world.store.query(Page, limit=500, tenant=tenant)
    return sorted(each.page for each in found)


async def has_file(world: World, page: str, tenant: str = "parish") -> bool:
    try:
        return await world.ports.blobs.get(f"tenants/{tenant}/pages/{page}/0") == b"1"
    except NoSuchBlob:
        return False


async def test_what_is_over_goes_with_its_files_and_nothing_else(world: World) -> None:
    await keep(world, "over", days=1, files=3)
    await keep(world, "overture", days=2)
    revoked = await keep(world, "revoked", tenant="hotel")
    world.clock.pass_(3600)
    revoked.revoke(world.clock.now())
    await world.store.put(revoked)
    assert (await world.parts.rounds.run())["pages_over"] == 1
    assert (await left(world, "hotel"), await has_file(world, "revoked", "hotel")) == ([], False)
    world.clock.pass_(86_400)
    assert (await world.parts.rounds.run())["pages_over"] == 1
    assert await left(world) == ["overture"]
    assert (await has_file(world, "over"), await has_file(world, "overture")) == (False, True)
    assert (await world.parts.rounds.run())["pages_over"] == 0


async def test_a_page_stays_until_its_files_are_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await keep(world, "over", days=-1)
    broken = replace(world.ports, blobs=_Down())
    with pytest.raises(Retry):
        await Pages(world.store, broken.blobs, world.clock).run()
    assert await left(world) == ["over"]
    assert await Pages(world.store, world.ports.blobs, world.clock).run() == 1
    assert (await left(world), await has_file(world, "over")) == ([], False)


class _Down:
    """A store of blobs that cannot be reached."""

    def __getattr__(self, _: str) -> Any:
        async def down(*_: object) -> None:
            raise Retry("blobs_down")

        return down


async def test_a_round_has_a_limit_and_the_next_one_goes_on(world: World) -> None:
    for number in range(LIMIT + 3):
        await keep(world, f"p{number}", days=-1, files=0)
    rounds = Pages(world.store, world.ports.blobs, world.clock)
    assert [await rounds.run() for _ in range(3)] == [LIMIT, 3, 0]
