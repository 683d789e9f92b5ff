"""Links to people's files: the tenant's own files only, and only while the link lasts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from shared.errors import Rejected
from shared.handoff.stored_files import StoredFiles
from shared.models.tenant import Tenant
from shared.tenants.links import FileGrant, StaffGrant
from shared.wiring import desk
from tests.unit.handoff.desk import parish
from tests.world import FakePlugins, World

KEYS = {"parish": "value of parish-link-key", "hotel": "value of hotel-link-key"}
PHOTO = "tenants/parish/media/waha.c-1/M1/0"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    made = await parish(tmp_path)
    hotel = Tenant(tenant="hotel", name="Hotel", languages=["fr"], secrets={"link_key": "hotel-link-key"})
    await made.store.put(hotel)
    for name in PHOTO, "tenants/hotel/media/waha.c-1/M1/0", "tenants/parish/other/x":
        await made.ports.blobs.put(name, b"bytes", "image/jpeg")
    return made


@pytest.fixture
def files(world: World) -> StoredFiles:
    return desk.wire(world.ports, world.directory(FakePlugins(world))).files


def token(world: World, blob: str = PHOTO, *, tenant: str = "parish", key: str = "", kind: str = "") -> str:
    until = world.clock.now().replace(microsecond=0) + timedelta(hours=1)
    return FileGrant(tenant, until, blob, kind or "image/jpeg").token(key or KEYS[tenant])


@pytest.mark.parametrize(
    ("kind", "served", "shown", "name"),
    [
        ("image/jpeg", "image/jpeg", True, "file.jpg"),
        ("audio/ogg", "audio/ogg", True, "file"),
        ("audio/ogg; codecs=opus", "audio/ogg; codecs=opus", True, "file"),
        ("audio/ogg; codecs=opus; x=y", "application/octet-stream", False, "file.bin"),
        ("video/mp4", "video/mp4", True, "file.mp4"),
        ("application/pdf", "application/pdf", True, "file.pdf"),
        ("image/svg+xml", "image/svg+xml", False, "file.svg"),
        ("text/html", "text/html", False, "file.html"),
        ("application/msword", "application/msword", False, "file.doc"),
        ("image/png\r\nSet-Cookie: a=b", "application/octet-stream", False, "file.bin"),
        ("", "application/octet-stream", False, "file.bin"),
    ],
)
async def test_a_file_is_shown_or_saved_by_its_type(
    world: World, files: StoredFiles, kind: str, served: str, shown: bool, name: str
) -> None:
    until = world.clock.now().replace(microsecond=0) + timedelta(hours=1)
    found = await files.read(FileGrant("parish", until, PHOTO, kind).token(KEYS["parish"]))
    assert (found.data, found.media_type, found.shown) == (b"bytes", served, shown)
    assert found.name.startswith(name)


@pytest.mark.parametrize(
    "blob",
    [
        "tenants/hotel/media/waha.c-1/M1/0",
        "tenants/parish/other/x",
        "tenants/parish/media/../../hotel/media/waha.c-1/M1/0",
        "tenants/parish/media/./waha.c-1",
        "tenants/parish/media//waha.c-1",
        "tenants/parish/media/",
        "tenants/parishes/media/x",
        "/tenants/parish/media/x",
        "",
    ],
)
async def test_no_other_place_can_be_read_even_with_the_tenant_s_key(
    world: World, files: StoredFiles, blob: str
) -> None:
    with pytest.raises(Rejected) as refused:
        await files.read(token(world, blob))
    assert refused.value.status == 401


async def test_forged_expired_and_misplaced_links_are_401(world: World, files: StoredFiles) -> None:
    until = world.clock.now().replace(microsecond=0) + timedelta(hours=1)
    forged = [
        "",
        "x" * 5_000,
        token(world)[:-1],
        token(world, key="guessed"),
        token(world, key=KEYS["hotel"]),
        token(world, tenant="hotel", key=KEYS["parish"]),
        FileGrant("nobody", until, PHOTO, "image/jpeg").token("x"),
        StaffGrant("parish", until, PHOTO, "one", "mail").token(KEYS["parish"]),
    ]
    for each in forged:
        with pytest.raises(Rejected) as refused:
            await files.read(each)
        assert (refused.value.status, refused.value.detail) == (401, "this link is not valid")
    good = token(world)
    world.clock.pass_(3_600)
    with pytest.raises(Rejected, match="expired"):
        await files.read(good)


async def test_a_file_that_is_gone_is_404(world: World, files: StoredFiles) -> None:
    await world.ports.blobs.delete_prefix("tenants/parish/media")
    with pytest.raises(Rejected) as refused:
        await files.read(token(world))
    assert refused.value.status == 404
